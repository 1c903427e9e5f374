"""What is said of the live page, to whoever may look at it."""

from datetime import tzinfo

from bot.text.markup import Known, clock_time, escape
from purchasing.commands import PageLinked

_FROM_ELSEWHERE = "STOCKBELL_HTTP__TOKEN and STOCKBELL_HTTP__PUBLIC_URL"


def say_page(result: PageLinked, _known: Known, zone: tzinfo) -> list[str]:
    """The link is for who asked alone."""
    if result.until is None:
        return [f"<b>The live page</b>: {escape(result.url)}", *_open_to_all(result)]
    here = "It opens on the machine where I run alone; STOCKBELL_HTTP__PUBLIC_URL tells me another address."
    return [
        f"<b>The live page</b>: open {escape(result.url)} and press Sign in.",
        f"The link works once, for 5 minutes, until {clock_time(result.until, zone)}.",
        "Keep it to yourself: whoever has it can look at all that I show.",
        *([here] if result.only_here else []),
    ]


def _open_to_all(result: PageLinked) -> list[str]:
    if result.only_here:
        return [
            "It opens on the machine where I run alone, and nobody needs to sign in there.",
            f"To open it from elsewhere, set {_FROM_ELSEWHERE}.",
        ]
    return ["Nobody needs to sign in there, as STOCKBELL_HTTP__TOKEN is not set."]
