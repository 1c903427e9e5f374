"""Logging, set up once at the root: every logger is the standard library's, every line a named fact with its fields.

`2026-11-22T14:03:22Z info attempt.moved attempt=77 to=submitting`

A terminal gets such lines, and whatever else collects them an object of JSON a line, with the same fields. Nothing
leaves that was not redacted: what is rendered is searched as a whole, tracebacks and uncaught errors included. No value
is longer than somebody reads, and what is repeated is counted (`repeated_lines.py`).
"""

import logging
import math
import re
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from json import dumps
from types import TracebackType
from typing import TextIO

from structlog.processors import JSONRenderer, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from config.logs.redaction import REDACTED, Redact, Redaction
from config.logs.repeated_lines import RepeatedLines

__all__ = ["REDACTED", "hide_from_logs", "set_up_logging"]

log = logging.getLogger(__name__)

#: They tell of every request, with the token in its address, or of every change of a file.
_QUIET = ("alembic", "httpx", "httpcore", "apscheduler", "telegram", "watchfiles", "uvicorn")
_COLOURS = {"debug": 90, "info": 32, "warning": 33, "error": 31, "critical": 31}
_NEEDS_QUOTES = re.compile(r"[\s\"=\x00-\x1f\x7f]|^$")
#: Rendered below the line, as they are.
_BLOCKS = ("exception", "stack_info")
#: No more characters of a value are written, nor of a traceback: its beginning and its end.
LONGEST_VALUE, LONGEST_BLOCK = 2_000, 20_000
#: Nor are more of it searched for secrets; what is beyond is not written.
_MOST_SEARCHED = 200_000

Later = Callable[[float, Callable[[], None]], object]


def set_up_logging(
    *,
    secrets: Collection[str] = (),
    level: str = "INFO",
    json: bool = False,
    stream: TextIO | None = None,
    later: Later | None = None,
) -> None:
    """Send all logging, warnings and uncaught errors to `stream` (stderr), without any of the secrets.

    `later` has something done after so many seconds: that lines were left out is told then.
    """
    stream = stream or sys.stderr
    handler = _Handler(stream, Redaction(secrets), as_json=json, later=later or _do_later)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_uncaught_in_thread


def hide_from_logs(secrets: Iterable[str]) -> None:
    """Take these out of every line from now on, too: they became known while the program runs."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler):
            handler.redaction.learn(secrets)


def _do_later(seconds: float, act: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, act)
    timer.name, timer.daemon = "left out of the log", True
    timer.start()


class _Handler(logging.StreamHandler[TextIO]):
    def __init__(self, stream: TextIO, redaction: Redaction, *, as_json: bool, later: Later) -> None:
        super().__init__(stream)
        self.redaction = redaction
        render = _render_json if as_json else _line_renderer(coloured=stream.isatty())
        self.setFormatter(_formatter(render, redaction))
        self._repeated = RepeatedLines(on_due=self._tell_left_out, later=later)

    def handle(self, record: logging.LogRecord) -> bool:
        return bool(self._repeated.takes(record) and super().handle(record))

    def _tell_left_out(self) -> None:
        for line in self._repeated.take_due(at=_now()):
            super().handle(line)

    def close(self) -> None:
        self._tell_left_out()
        super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the standard library's name
        """Say that a line could not be written; the library's own words would hold its arguments unredacted."""
        fields = {"line": str(record.msg), "of": record.name, "why": repr(sys.exception())}
        broken = logging.makeLogRecord(
            {"name": __name__, "levelno": logging.ERROR, "levelname": "ERROR", "msg": "log.broken", **fields}
        )
        try:
            self.stream.write(self.format(broken) + self.terminator)
        except (OSError, ValueError):
            return  # the stream is gone, and with it whoever would read this


def _now() -> float:
    """As every record has its time."""
    return logging.makeLogRecord({}).created


class _RedactingFormatter(ProcessorFormatter):
    def __init__(self, redact: Redact, processors: list[Processor]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=[_add_record])
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def _formatter(render: Processor, redact: Redact) -> logging.Formatter:
    def redact_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        # Before rendering, for a quoted value may hide a secret from the search in the finished line.
        return {key: value if _is_plain(value) else _bounded(key, str(value), redact) for key, value in event.items()}

    steps: list[Processor] = [ProcessorFormatter.remove_processors_meta, format_exc_info, redact_fields, render]
    return _RedactingFormatter(redact, steps)


def _is_plain(value: object) -> bool:
    """Whether it is written as it is; JSON knows neither infinity nor what is no number."""
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def _bounded(key: str, text: str, redact: Redact) -> str:
    """The value without secrets, and of what is too long its beginning and its end."""
    most = LONGEST_BLOCK if key in _BLOCKS else LONGEST_VALUE
    if len(text) > _MOST_SEARCHED:
        text = f"{text[: _MOST_SEARCHED // 2]}…{text[-_MOST_SEARCHED // 2 :]}"
    text = redact(text)
    if len(text) <= most:
        return text
    head, tail = text[: most * 3 // 4], text[-most // 4 :]
    return f"{head}… {len(text) - len(head) - len(tail)} characters are left out …{tail}"


def _add_record(logger: logging.Logger, method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    extras = ExtraAdder()(logger, method, {"_record": record})
    return {**extras, **event, "at": at, "level": record.levelname.lower(), "logger": record.name}


#: Stand first, as people read JSON too.
_HEAD = ("at", "level", "logger", "event")
_as_json = JSONRenderer(default=str, ensure_ascii=False)


def _render_json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    ordered = {**{name: event[name] for name in _HEAD if name in event}, **event}
    return _visible(str(_as_json(logger, method, ordered)))


def _line_renderer(*, coloured: bool) -> Processor:
    def render(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
        del event["logger"]
        level = event.pop("level")
        shown = f"\x1b[{_COLOURS.get(level, 0)}m{level}\x1b[0m" if coloured else level
        blocks = [event.pop(name) for name in _BLOCKS if name in event]
        at, fact = event.pop("at"), _one_line(event.pop("event").strip())
        fields = [f"{key}={_quote(value)}" for key, value in event.items()]
        # Whatever stands in a traceback, no line of it looks like a line of the log.
        below = [f"  {line}" for block in blocks for line in block.split("\n")]
        return f"{at} {shown} " + "\n".join(map(_visible, [" ".join([fact, *fields]), *below]))

    return render


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", lambda match: repr(match[0])[1:-1], text)


def _visible(text: str) -> str:
    """With a code in the place of each sign that is not seen and may move, hide or forge what is."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else dumps(one)[1:-1] for one in text)


def _quote(value: object) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return dumps(text, ensure_ascii=False) if _NEEDS_QUOTES.search(text) else text


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("program.failed", exc_info=(kind, error, trace))


def _log_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """What went wrong where nobody can be told, such as at the end of an object."""
    what = unraisable.err_msg or "Exception ignored"
    log.error("error.ignored", exc_info=unraisable.exc_value, extra={"of": f"{what}: {type(unraisable.object)}"})


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    name = args.thread.name if args.thread else "unknown"
    log.critical("thread.failed", exc_info=args.exc_value, extra={"of": name})
