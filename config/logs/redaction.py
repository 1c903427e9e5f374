"""Takes secrets out of what is to be written: those that were named, and by their look those that nobody named."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from json import dumps
from urllib.parse import quote

REDACTED = "[redacted]"
#: What is shorter is a word that stands elsewhere too, where nobody named it as a secret of the settings.
LEAST_LEARNED = 12

#: Each takes out its last part and keeps what leads to it. None goes back over what it has passed: whoever can have a
#: line written could otherwise have it searched for ever.
_LOOKS = (
    # A bot's token stands in an address as `/bot123456:AA…`: no word begins before its digits.
    re.compile(r"()(?<!\d)\d{6,}+(?::|%3[Aa])[\w-]{30,}+"),
    re.compile(r"(?i)(\b(?:bearer|basic)\s{1,3})[\w.~+/=-]{8,}+"),
    # A header of cookies to the end of its line, whether it is written as one or as the pair of a library.
    re.compile(r"(?i)(\b(?:set-)?cookie[\"']?\s{0,3}(?::|=|(?<=[\"']),)\s{0,3}b?[\"']?)[^\s\"',:=;]++=[^\"'\r\n]++"),
    # A cookie or an entry of a stored session, whatever its name.
    re.compile(r"([\"']name[\"']: ?[\"'][^\"']{1,200}+[\"'], ?[\"']value[\"']: ?[\"'])[^\"']++"),
    re.compile(r"(?i)(\b(?:access|refresh|id)_?token[\"']?\s{0,3}[:=]\s{0,3}[\"']?)[^\s\"'&;,]++"),
    re.compile(r"(?i)([?&;](?:key|api_?key|token|password|passwd|pwd|secret|signature|sig|session)=)[^\s\"'<>&;]++"),
    re.compile(r"(?i)(\bapi_?key\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?)[0-9a-f]{20,}+"),
    # Who is let in by an address: name and password before its host.
    re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{1,30}+://)[^\s/@\"'<>]++(?=@)"),
    # A link that signs a browser in, once.
    re.compile(r"(/sign-in/)[\w-]{16,}+"),
    # A token that says itself what it is.
    re.compile(r"()\beyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)?"),
)

Redact = Callable[[str], str]


class Redaction:
    """Called with a text, it gives it without any secret."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._forms: tuple[str, ...] = ()
        self._learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Take these out too from now on, but for the shortest."""
        self._learn([one for one in secrets if len(one) >= LEAST_LEARNED])

    def _learn(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        if not forms <= set(self._forms):
            self._forms = tuple(sorted({*self._forms, *forms}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        # One search for each is faster than one search for all.
        if present := [re.escape(form) for form in self._forms if form in text]:
            text = re.sub("|".join(present), REDACTED, text)
        for look in _LOOKS:
            text = look.sub(_keep_lead, text)
        return text


def _keep_lead(match: re.Match[str]) -> str:
    return f"{match[1]}{REDACTED}"


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, and as it looks within JSON, within a `repr`, and within an address."""
    yield secret
    yield from (
        dumps(secret)[1:-1],
        dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe=""),
    )
