"""Where people reach the live page, as far as the settings tell."""

from dataclasses import dataclass

from config.settings import HttpSettings, is_loopback

#: A server that listens there listens everywhere; no browser can ask for that.
_EVERYWHERE = frozenset({"0.0.0.0", "::"})
_NO_ADDRESS = "I don't know at which address people reach my page: set STOCKBELL_HTTP__PUBLIC_URL to it"
_ANY_PORT = "my page has another port after every start: set STOCKBELL_HTTP__PORT to one of its own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAddress:
    """Without a slash at its end. None where it is not known, with what is to be done about it."""

    url: str | None
    missing: str | None = None
    #: It opens on the machine of the service alone.
    only_here: bool = False
    needs_sign_in: bool = False

    @property
    def is_secure(self) -> bool:
        return self.url is not None and self.url.startswith("https:")


def find_page_address(http: HttpSettings) -> PageAddress:
    needs_sign_in = http.token is not None
    if http.public_url is not None:
        return PageAddress(url=http.public_url.rstrip("/"), needs_sign_in=needs_sign_in)
    if http.host in _EVERYWHERE:
        return PageAddress(url=None, missing=_NO_ADDRESS)
    if http.port == 0:
        return PageAddress(url=None, missing=_ANY_PORT)
    host = f"[{http.host}]" if ":" in http.host else http.host
    return PageAddress(url=f"http://{host}:{http.port}", only_here=is_loopback(http.host), needs_sign_in=needs_sign_in)
