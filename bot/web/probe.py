"""Asks the running service how it is, for a container's health check: exit code 0 unless it is unhealthy."""

import os
import sys

import httpx

from config.settings import HttpSettings, load_settings


def health_url(http: HttpSettings) -> str:
    """Where the service answers; one that listens everywhere does so on the loopback too."""
    host = "127.0.0.1" if http.host in {"0.0.0.0", "::"} else http.host
    return f"http://{f'[{host}]' if ':' in host else host}:{http.port}/health"


def main() -> int:
    http = load_settings(os.environ).http
    headers = {"Host": "localhost"}  # the name under which it listens may be none by which it is asked for
    if http.token:
        headers["Authorization"] = f"Bearer {http.token.get_secret_value()}"
    try:
        # The status says it; what else is answered is not read.
        with httpx.stream("GET", health_url(http), headers=headers, timeout=4, trust_env=False) as answer:
            return 0 if answer.is_success else 1
    except httpx.HTTPError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
