"""The names by which the web side may be asked for."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from config.settings import HttpSettings, is_loopback

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]*)?")


class KnownHosts:
    """A page elsewhere can have its own name lead to this machine, and so would read what it is answered; it can take
    no other name.
    """

    def __init__(self, settings: HttpSettings) -> None:
        own = settings.host if _is_address(settings.host) else None
        public = urlsplit(settings.public_url).hostname if settings.public_url else None
        self._names = {_one_form(name) for name in (own, public) if name is not None}

    def holds(self, header: str) -> bool:
        """Whether a Host header names one of them, at whatever port."""
        named = _HOST.fullmatch(header)
        name = _one_form(named["address"] or named["name"]) if named else ""
        return is_loopback(name) or name in self._names


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _one_form(host: str) -> str:
    """An address of the sixth version has many."""
    return str(ip_address(host)) if _is_address(host) else host.lower()
