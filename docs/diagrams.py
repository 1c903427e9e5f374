"""Prints the two machines of buying, from their tables, into `docs/states.md`; with `--check`, compares instead."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path

from purchasing.model import PurchaseState, Step
from purchasing.rules.state_machine import AFTER_RESTART, HOLDS_SLOT, PRODUCT, PRODUCT_AFTER, STEPS

PAGE = Path(__file__).with_name("states.md")

STEP_MEANS: Mapping[Step, str] = {
    Step.OPENED: "the attempt has the slot; nothing was done yet",
    Step.CARTED: "the item is in the cart",
    Step.REVIEWED: "the last page before the button shows exactly what is wanted",
    Step.SUBMITTING: "the button may be pressed: from here on something may have been ordered",
    Step.CONFIRMED: "the shop confirmed the order",
    Step.REFUSED: "the shop said no, or its order list has no such order",
    Step.UNCONFIRMED: "no confirmation was seen: only the order list or the owner settles it",
    Step.ABANDONED: "given up before the button",
    Step.REHEARSED: "went as far as a rehearsal goes",
}

STATE_MEANS: Mapping[PurchaseState, str] = {
    PurchaseState.READY: "may be attempted as soon as it is buyable",
    PurchaseState.QUEUED: "was buyable while the slot was taken; goes before what was reset since",
    PurchaseState.ATTEMPTING: "its attempt is before its outcome",
    PurchaseState.PURCHASED: "bought",
    PurchaseState.FAILED: "the last attempt bought nothing",
    PurchaseState.UNCONFIRMED: "something may have been ordered",
}


def page() -> str:
    """The whole page, as it should be on disk."""
    return "\n".join([*_head(), "", *_steps(), "", *_states(), ""])


def _head() -> Iterator[str]:
    yield "# The two machines of buying"
    yield ""
    yield "Printed from the tables of `purchasing/rules/state_machine.py` by `python -m docs.diagrams`; a test compares"
    yield "them. What has no arrow can't happen. From `submitting` no arrow leads back; nothing ever leads twice to the"
    yield "button."


def _steps() -> Iterator[str]:
    yield "## The steps of an attempt"
    yield ""
    yield from _diagram(STEPS, start=Step.OPENED)
    yield ""
    yield "| step | means | holds the slot | the product then | after a restart |"
    yield "|---|---|---|---|---|"
    for step in Step:
        holds = "yes" if step in HOLDS_SLOT else "no"
        restart = f"`{AFTER_RESTART.get(step, step)}`"
        yield f"| `{step}` | {STEP_MEANS[step]} | {holds} | `{PRODUCT_AFTER[step]}` | {restart} |"


def _states() -> Iterator[str]:
    yield "## The states of a product"
    yield ""
    yield from _diagram(PRODUCT, start=PurchaseState.READY)
    yield ""
    yield "| state | means |"
    yield "|---|---|"
    for state in PurchaseState:
        yield f"| `{state}` | {STATE_MEANS[state]} |"


def _diagram(
    table: Mapping[Step, frozenset[Step]] | Mapping[PurchaseState, frozenset[PurchaseState]], *, start: str
) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {start}"
    for before, arrows in table.items():
        yield from (f"    {before} --> {after}" for after in table if after in arrows)
        if not arrows:
            yield f"    {before} --> [*]"
    yield "```"


def is_current() -> bool:
    return PAGE.is_file() and PAGE.read_text() == page()


def main() -> None:
    parser = ArgumentParser(prog="python -m docs.diagrams", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the page on disk; exit 1 if it differs")
    if not parser.parse_args().check:
        PAGE.write_text(page())
    elif not is_current():
        sys.exit("docs/states.md is out of date: run `python -m docs.diagrams`")


if __name__ == "__main__":
    main()
