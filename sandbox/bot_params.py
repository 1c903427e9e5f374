"""What a bot sends along with a method, from a query, a form, JSON or an upload, read once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from sandbox.chat_model import Entity, Json, bad_request
from sandbox.telegram_html import BadMarkup, Formatted, parse_html, plain, utf16_length, with_found


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of a call by name; in forms, values that are no text are JSON."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        value = str(self.values.get(name))
        return int(value) if re.fullmatch(r"-?[0-9]{1,19}", value) else default

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in {"true", "1", "yes"}

    def structure(self, name: str, wanted: str) -> Any:
        """A nested value, None where there is none.

        Raises:
            Refused: it is not JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise bad_request(f"can't parse {wanted} JSON object") from error

    def chat_id(self) -> int | None:
        """The chat that the call is about, None where there is none or it is no number."""
        return self.integer("chat_id") or None


def read_params(query: str, content_type: str, body: bytes) -> Params:
    """Read the parameters of a call from its address and its body.

    Raises:
        Refused: the body is not what its content type says.
    """
    values: Json = dict(parse_qsl(query, keep_blank_values=True))
    if content_type.startswith("application/json"):
        return Params(values | _json_body(body))
    if content_type.startswith("multipart/form-data"):
        fields, files = _multipart(content_type, body)
        return Params(values | fields, files)
    return Params(values | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True)))


def _json_body(body: bytes) -> Json:
    try:
        parsed = json.loads(body) if body else {}
    except ValueError as error:
        raise bad_request("can't parse request body as JSON") from error
    return parsed if isinstance(parsed, dict) else {}


def _multipart(content_type: str, body: bytes) -> tuple[Json, dict[str, Upload]]:
    header = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(header + body)
    fields: Json = {}
    files: dict[str, Upload] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        content = part.get_payload(decode=True)
        raw = content if isinstance(content, bytes) else b""
        if filename := part.get_filename():
            files[name] = Upload(name=filename, mime=part.get_content_type(), content=raw)
        else:
            fields[name] = raw.decode(errors="replace")
    return fields, files


def read_text(params: Params, name: str = "text", entities: str = "entities") -> tuple[Formatted, str]:
    """The formatted text of a call, and its markup as it was sent.

    Raises:
        Refused: the markup is wrong, or is none that is practised here.
    """
    source = params.text(name)
    mode = params.text("parse_mode").lower()
    if mode not in {"", "html"}:
        raise bad_request("unsupported parse_mode")
    try:
        formatted = parse_html(source) if mode == "html" else plain(source)
    except BadMarkup as error:
        raise bad_request(f"can't parse entities: {error}") from error
    given = as_entities(params.structure(entities, "entities")) if not mode else ()
    return with_found(Formatted(text=formatted.text, entities=given or formatted.entities)), source


def check_length(text: str, most: int, refusal: str) -> None:
    if utf16_length(text) > most:
        raise bad_request(refusal)


def as_entities(given: Any) -> tuple[Entity, ...]:
    """The entities of the Bot API's JSON."""
    return tuple(
        Entity(
            type=one["type"],
            offset=one["offset"],
            length=one["length"],
            more=tuple((key, one[key]) for key in ("url", "language", "custom_emoji_id") if key in one),
        )
        for one in given or ()
    )


def read_preview(params: Params) -> str | None:
    """The address of the picture that is to be shown large above the text, if one is asked for."""
    options = params.structure("link_preview_options", "an object") or {}
    wanted = options.get("prefer_large_media") and options.get("show_above_text") and not options.get("is_disabled")
    return str(options["url"]) if wanted and options.get("url") else None
