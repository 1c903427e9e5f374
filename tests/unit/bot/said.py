"""A text as it may be made, and what has to be in it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bot.text.draft import Buttons
from config.products import Mode, Tcin
from monitor.model import Stock
from purchasing.checkout.model import Need
from purchasing.model import Line
from tests import strategies as any_of

Render = Callable[..., Any]

modes = st.sampled_from(Mode)
needs = st.none() | st.sampled_from(Need) | any_of.hostile


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text, and what has to be in it."""

    text: str
    mode: Mode
    tcins: Sequence[Tcin] = ()
    titles: Sequence[str] = ()
    buttons: Buttons = ()


class Texts(dict[Render, st.SearchStrategy[Said]]):
    """For each function that makes a text: any that it may make."""

    def of(self, render: Render) -> Callable[[Callable[[st.DrawFn], Said]], None]:
        def register(make: Callable[[st.DrawFn], Said]) -> None:
            self[render] = st.composite(make)()

        return register


def of_lines(text: str, mode: Mode, lines: Sequence[Line], **more: Any) -> Said:
    return Said(text=text, mode=mode, tcins=[line.tcin for line in lines], titles=whole_titles(lines), **more)


def whole_titles(lines: Iterable[Line]) -> list[str]:
    """The titles that have to be seen as they are: those that hide nothing."""
    return [title for line in lines if (title := line.title) in any_of.TITLES]


def whole_title(stock: Stock, name: str | None) -> list[str]:
    return [title for title in [stock.title or name] if title in any_of.TITLES]


def whole(titles: Iterable[str]) -> list[str]:
    """Those that hide nothing."""
    return [title for title in titles if title in any_of.TITLES]
