"""Prints what the checkout looks for on the shop's pages, and how surely each of it was seen, from `pages.py`."""

from collections.abc import Iterator

from purchasing.checkout.pages import MARKERS, TEXTS, Beside


def print_markers() -> Iterator[str]:
    yield "| marker | selectors, in order | seen |"
    yield "|---|---|---|"
    for name, marker in MARKERS.items():
        ways = "<br>".join(map(_say_way, marker.selectors))
        yield f"| `{name}` | {ways} | {marker.sure}, {marker.seen} |"


def _say_way(way: str | Beside) -> str:
    return f"the amount beside `{_escape(way.words)}`" if isinstance(way, Beside) else f"`{_escape(way)}`"


def print_texts() -> Iterator[str]:
    yield "| text | words, any of them | seen |"
    yield "|---|---|---|"
    for name, text in TEXTS.items():
        place = "" if text.within is None else f", within `{_escape(text.within)}`"
        yield f"| `{name}` | {'; '.join(map(_escape, text.phrases))}{place} | {text.sure} |"


def _escape(text: str) -> str:
    return text.replace("|", "\\|")
