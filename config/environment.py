"""What the process is handed: the file `.env`, and what a library would break on later."""

import io
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from dotenv.parser import Binding, parse_stream

CERTIFICATES, CERTIFICATE_FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"
ZONE = "TZ"


def why_no_value(value: str) -> str | None:
    """Why a value is not one, whatever it is for; else None."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return "stands in quotes, which would be part of it; write it without them"
    if any(sign < " " or sign == "\x7f" for sign in value.strip()):
        return "must be plain text on one line"
    return None


def find_wrong_certificates(environ: Mapping[str, str]) -> Iterator[str]:
    """One line for each variable of OpenSSL's that names no certificates."""
    if (file := environ.get(CERTIFICATES)) and (why := _why_no_certificates(file)):
        yield f"{CERTIFICATES}: {why}"
    if (folder := environ.get(CERTIFICATE_FOLDER)) and not _is_folder(folder):
        yield f"{CERTIFICATE_FOLDER}: there is no folder {folder}"


def find_wrong_zone(environ: Mapping[str, str]) -> Iterator[str]:
    """One line, if the system's time zone is named and is none."""
    name = environ.get(ZONE, "").removeprefix(":")
    if not name:
        return
    try:
        if not (name.startswith("/") and Path(name).is_file()):
            ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        yield f"{ZONE}: {name!r} is not a time zone; write one such as America/Chicago"


def _why_no_certificates(file: str) -> str | None:
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return f"there are no certificates in {file}"
    except (OSError, ValueError) as error:
        return f"{file} cannot be read: {getattr(error, 'strerror', None) or error}"
    return None


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def read_env_file(path: Path | None) -> tuple[dict[str, str], list[str]]:
    """The variables of the file, as they stand there: `$` is a letter like any other."""
    if path is None or not path.exists():
        return {}, []
    try:
        bindings = list(parse_stream(io.StringIO(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}"]
    wrong = [f"{path}, line {_line_of(one)}: write NAME=value" for one in bindings if _is_broken(one)]
    return {one.key: one.value for one in bindings if one.key is not None and one.value is not None}, wrong


def _is_broken(binding: Binding) -> bool:
    return binding.error or (binding.key is not None and binding.value is None)


def _line_of(binding: Binding) -> int:
    blank = binding.original.string[: -len(binding.original.string.lstrip()) or None]
    return binding.original.line + blank.count("\n")
