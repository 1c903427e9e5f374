"""Logging, set up once at the root: every logger is the standard library's, every line a named fact with its fields.

`2026-11-22T14:03:22Z info attempt.moved attempt=77 to=submitting`

Nothing leaves that was not redacted: what is rendered is searched as a whole, tracebacks and uncaught errors included.
"""

import logging
import re
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from json import dumps
from types import TracebackType
from typing import TextIO
from urllib.parse import quote

from structlog.processors import JSONRenderer, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

log = logging.getLogger(__name__)

REDACTED = "[redacted]"
#: They tell of every request, with the token in its address, or of every change of a file.
_QUIET = ("alembic", "httpx", "httpcore", "apscheduler", "telegram", "watchfiles", "uvicorn")
#: A bot's token stands in an address as `/bot123456:AA…`: no word begins before its digits.
_BOT_TOKEN = r"\d{6,}(?::|%3[Aa])[\w-]{30,}"  # noqa: S105  a pattern, not a token
_COLOURS = {"debug": 90, "info": 32, "warning": 33, "error": 31, "critical": 31}
_NEEDS_QUOTES = re.compile(r"[\s\"=\x00-\x1f\x7f]|^$")
#: Of one kind of line so many are written at once, and later one in so many seconds.
LINES_AT_ONCE = 50
SECONDS_FOR_ONE_MORE = 5
_LONGEST_FACT = 80
_MOST_KINDS = 1000
#: Rendered below the line, as they are.
_BLOCKS = ("exception", "stack_info")

Redact = Callable[[str], str]


def set_up_logging(
    *, secrets: Collection[str] = (), level: str = "INFO", json: bool = False, stream: TextIO | None = None
) -> None:
    """Send all logging, warnings and uncaught errors to `stream` (stderr), without any of the secrets."""
    stream = stream or sys.stderr
    redact = _redaction(secrets)
    handler = _Handler(stream, redact)
    render = _render_json if json else _line_renderer(coloured=stream.isatty())
    handler.setFormatter(_formatter(render, redact))
    handler.addFilter(RepeatLimit())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _redaction(secrets: Collection[str]) -> Redact:
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    longest_first = sorted(map(re.escape, forms), key=len, reverse=True)
    pattern = re.compile("|".join([*longest_first, _BOT_TOKEN]))
    return lambda text: pattern.sub(REDACTED, text)


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, and as it looks within JSON, within a `repr`, and within an address."""
    yield secret
    yield from (
        dumps(secret)[1:-1],
        dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe=""),
    )


class RepeatLimit(logging.Filter):
    """Leaves out lines of one kind that come faster than anybody reads, and says with the next one how many.

    Whoever can have a line written may have it written for ever; the disk is for what matters. A kind is a logger's
    fact, whatever its fields hold. What is critical is never left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[tuple[str, int, str], _Allowance] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.CRITICAL:
            return True
        with self._lock:
            allowance = self._find(record)
            if not allowance.take(record.created):
                return False
            if allowance.left_out:
                record.left_out, allowance.left_out = allowance.left_out, 0
        return True

    def _find(self, record: logging.LogRecord) -> "_Allowance":
        fact = str(record.msg).partition("\n")[0][:_LONGEST_FACT]
        kind = (record.name, record.levelno, fact)
        self._kinds[kind] = allowance = self._kinds.pop(kind, None) or _Allowance(at=record.created)
        if len(self._kinds) > _MOST_KINDS:
            del self._kinds[next(iter(self._kinds))]
        return allowance


@dataclass(slots=True)
class _Allowance:
    """So many lines at once, and one more for every so many seconds."""

    #: By the wall clock, which may be set back.
    at: float
    lines: float = LINES_AT_ONCE
    left_out: int = 0

    def take(self, at: float) -> bool:
        """Whether one more line may be written."""
        self.lines = min(LINES_AT_ONCE, self.lines + max(0.0, at - self.at) / SECONDS_FOR_ONE_MORE)
        self.at = at
        if self.lines < 1:
            self.left_out += 1
            return False
        self.lines -= 1
        return True


class _Handler(logging.StreamHandler[TextIO]):
    def __init__(self, stream: TextIO, redact: Redact) -> None:
        super().__init__(stream)
        self._redact = redact

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the standard library's name
        """Say that a line could not be written; the library's own words would hold its arguments unredacted."""
        problem = sys.exception()
        try:
            self.stream.write(self._redact(f"log.broken msg={record.msg!r} why={problem!r}\n"))
        except (OSError, ValueError):
            return  # the stream is gone, and with it whoever would read this


class _RedactingFormatter(ProcessorFormatter):
    def __init__(self, redact: Redact, processors: list[Processor]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=[_add_record])
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def _formatter(render: Processor, redact: Redact) -> logging.Formatter:
    def redact_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        # Before rendering, for a quoted value may hide a secret from the search in the finished line.
        return {key: value if _is_plain(value) else redact(str(value)) for key, value in event.items()}

    steps: list[Processor] = [ProcessorFormatter.remove_processors_meta, format_exc_info, redact_fields, render]
    return _RedactingFormatter(redact, steps)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float)


def _add_record(logger: logging.Logger, method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    extras = ExtraAdder()(logger, method, {"_record": record})
    return {**extras, **event, "at": at, "level": record.levelname.lower(), "logger": record.name}


_as_json = JSONRenderer(default=str, ensure_ascii=False)


def _render_json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    return _visible(str(_as_json(logger, method, event)))


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


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    name = args.thread.name if args.thread else "unknown"
    log.critical("thread.failed", exc_info=args.exc_value, extra={"of": name})
