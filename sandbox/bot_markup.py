"""The keyboards of a call: buttons under the message, or keys in the place of the keyboard."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.bot_params import Params
from sandbox.chat_model import Button, Json, ReplyKeyboard, Rows, bad_request

_MAX_BUTTONS = 100
_MAX_KEYS = 300
_MAX_CALLBACK_BYTES = 64
_MAX_PLACEHOLDER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """What a message brings along: one of them, or nothing."""

    buttons: Rows = ()
    keyboard: ReplyKeyboard | None = None
    #: Takes away the keys that are there.
    removes: bool = False
    #: Only whom the message answers sees its keys, or loses them.
    selective: bool = False


def read_markup(params: Params) -> Markup:
    """The markup of a call that sends.

    Raises:
        Refused: one that Telegram would not take.
    """
    raw = _markup(params)
    selective = bool(raw.get("selective"))
    if keys := _keys(raw):
        return Markup(keyboard=_keyboard(raw, keys), selective=selective)
    if buttons := _buttons(raw):
        return Markup(buttons=buttons)
    return Markup(removes=raw.get("remove_keyboard") is True, selective=selective)


def read_inline(params: Params) -> Rows:
    """The buttons of a call that edits, empty where there are none.

    Raises:
        Refused: a button that Telegram would not take, or keys, which no edit can bring.
    """
    raw = _markup(params)
    if _keys(raw) or raw.get("remove_keyboard"):
        raise bad_request("inline keyboard expected")
    return _buttons(raw)


def _markup(params: Params) -> Json:
    markup = params.structure("reply_markup", "reply keyboard markup")
    if markup is None:
        return {}
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    return markup


def _rows(raw: Json, name: str, kind: str) -> list[list[Any]]:
    rows = raw.get(name, [])
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" of the {kind} must be an Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" of the {kind} must be an Array of Arrays')
    return rows


# -- keys in the place of the keyboard --------------------------------------------------------------------------------


def _keys(raw: Json) -> tuple[tuple[str, ...], ...]:
    rows = tuple(tuple(filter(None, map(_key, row))) for row in _rows(raw, "keyboard", "ReplyKeyboardMarkup"))
    if sum(map(len, rows)) > _MAX_KEYS:
        raise bad_request("reply markup is too long")
    return tuple(row for row in rows if row)


def _key(raw: Any) -> str:
    """The words of a key; one without any is left out without a word. No other kind of key is practised here."""
    if isinstance(raw, str):
        return raw.strip()
    if not isinstance(raw, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be an Object")
    if "text" not in raw:
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if not isinstance(raw["text"], str):
        raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
    return raw["text"].strip()


def _keyboard(raw: Json, keys: tuple[tuple[str, ...], ...]) -> ReplyKeyboard:
    placeholder = str(raw.get("input_field_placeholder") or "")
    # Documented; with which words it is refused is not.
    if len(placeholder) > _MAX_PLACEHOLDER:
        raise bad_request("REPLY_MARKUP_INVALID")
    return ReplyKeyboard(
        rows=keys,
        resize=_flag(raw, "resize_keyboard"),
        persistent=_flag(raw, "is_persistent"),
        one_time=_flag(raw, "one_time_keyboard"),
        placeholder=placeholder,
    )


def _flag(raw: Json, name: str) -> bool:
    value = raw.get(name, False)
    if not isinstance(value, bool):
        raise bad_request(f'field "{name}" of the ReplyKeyboardMarkup must be a Boolean')
    return value


# -- buttons under the message ----------------------------------------------------------------------------------------


def _buttons(raw: Json) -> Rows:
    rows = tuple(tuple(map(_button, row)) for row in _rows(raw, "inline_keyboard", "InlineKeyboardMarkup"))
    if sum(map(len, rows)) > _MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return tuple(row for row in rows if row)


def _button(raw: Json) -> Button:
    text, data, url = str(raw.get("text", "")).strip(), raw.get("callback_data"), raw.get("url")
    if not text:
        raise bad_request('can\'t parse inline keyboard button: field "text" must be non-empty')
    if url is not None:
        _check_url(str(url))
        return Button(text, url=str(url))
    if data is None:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if not 0 < len(str(data).encode()) <= _MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return Button(text, data=str(data))


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    wrong = "inline keyboard button URL '{}' is invalid: {}"
    if parts.scheme not in {"http", "https", "tg", "ton"}:
        raise bad_request(wrong.format(url, "Unsupported URL protocol"))
    if parts.scheme.startswith("http") and "." not in (parts.hostname or "") and ":" not in (parts.hostname or ""):
        raise bad_request(wrong.format(url, "Wrong HTTP URL"))
