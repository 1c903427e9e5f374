"""Asks the running service how it is, for a container's health check: exit code 0 unless it is unhealthy."""

import os
import sys

import httpx

from config.settings import load_settings


def main() -> int:
    http = load_settings(os.environ).http
    headers = {"Authorization": f"Bearer {http.token.get_secret_value()}"} if http.token else {}
    try:
        answer = httpx.get(f"http://127.0.0.1:{http.port}/health", headers=headers, timeout=4)
    except httpx.HTTPError:
        return 1
    return 0 if answer.is_success else 1


if __name__ == "__main__":
    sys.exit(main())
