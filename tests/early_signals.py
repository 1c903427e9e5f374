"""Runs `stockbell` with these words, and sends it signals in the middle of its start, at moments that can be told.

`python -m tests.early_signals EVENT:WORD=SIGNAL,SIGNAL … -- WORDS`: when Python first tells its auditors of EVENT with
an argument that holds WORD, such as `import:typer` or `sqlite3.connect:stockbell.db`.
"""

import os
import runpy
import signal
import sys


class _Moments:
    def __init__(self, moments: list[str]) -> None:
        self._signals = dict(moment.split("=", 1) for moment in moments)

    def notice(self, event: str, args: tuple[object, ...]) -> None:
        """Called with everything that Python tells its auditors of."""
        for moment in list(self._signals):
            kind, _, word = moment.partition(":")
            if event == kind and any(word in str(arg) for arg in args):
                for name in self._signals.pop(moment, "").split(","):
                    os.kill(os.getpid(), signal.Signals[name])


if __name__ == "__main__":
    parted = sys.argv.index("--")
    moments = _Moments(sys.argv[1:parted])
    sys.argv[1:] = sys.argv[parted + 1 :]
    sys.addaudithook(moments.notice)
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
