"""Where the program begins, and signals are heard before the imports that take long."""

import sys

from bot.process_signals import ProcessSignals


def main() -> None:
    signals = ProcessSignals()
    if sys.argv[1:2] == ["run"]:
        signals.hear()
    from bot.cli.main import cli  # noqa: PLC0415  it takes a second, in which a signal would kill

    cli(obj=signals)


if __name__ == "__main__":
    main()
