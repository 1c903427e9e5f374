"""Where the program begins, and signals are heard before the imports that take long."""

import io
import sys

from bot.process_signals import ProcessSignals
from config.imports import uncollected


def _show_what_can_be_shown() -> None:
    """A terminal that knows a sign not gets another one in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main() -> None:
    signals = ProcessSignals()
    if sys.argv[1:2] in (["run"], ["rehearse"]):
        signals.hear()
    _show_what_can_be_shown()
    with uncollected():
        from bot.cli.main import cli  # noqa: PLC0415  it takes half a second, in which a signal would kill

    cli(obj=signals)


if __name__ == "__main__":
    main()
