"""Asks the running service how it is, for a container's health check: exit code 0 unless it is unhealthy."""

import http.client
import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from config.settings import HttpSettings, load_settings

#: Seconds that the service may take to answer.
_PATIENCE_S = 4
#: What it says is no longer.
_LONGEST = 1 << 20


def health_url(settings: HttpSettings) -> str:
    """Where the service answers; one that listens everywhere does so on the loopback too."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/health"


def ask_health(settings: HttpSettings) -> dict[str, Any] | None:
    """What it says; an empty answer where somebody else does, and None where nobody does."""
    address = urlsplit(health_url(settings))
    headers = {"Host": "localhost"}  # the name under which it listens may be none by which it is asked for
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", address.path, headers=headers)
        body = json.loads(connection.getresponse().read(_LONGEST))
    except OSError:
        return None
    except (http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return body if isinstance(body, dict) else {}


def main() -> int:
    health = ask_health(load_settings(os.environ).http) or {}
    return 0 if health.get("status") in {"healthy", "degraded"} else 1


if __name__ == "__main__":
    sys.exit(main())
