"""How it is told what came of a press: by a toast, by the message whose button it was, or by one of its own. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.access.origin import Press
from bot.commands.spec import ReplyText, Spec
from bot.commands.specs import PICK, SHOW, START, spec_of
from bot.telegram.model import AmendMessage, Plan, Toast
from bot.text.cards import CARD
from bot.text.draft import OFFER, Draft, Rank
from bot.text.markup import quoted
from bot.text.taps.toasts import UP_TO_DATE, fit_toast
from purchasing.commands import Command, Result, ToChoose, ToPick

#: What the key of a reply begins with.
REPLY = "reply:"
#: These are kept up from what they tell of, and no press changes them.
_KEPT_UP = ("alert:", "board:", "nudge:")
#: The name of who pressed is cut here.
NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PressedButton:
    """A button that was pressed, by whom, and under what."""

    press: Press
    #: The name of who pressed, where others can see it.
    by: str | None = None
    #: The key of the message under which it stands; None where none of ours does.
    key: str | None = None
    #: What that message replies to, if it does.
    asked: Command | None = None
    #: As it is to read until now.
    shown: Draft | None = None

    @property
    def message(self) -> str | None:
        """The key of the message, where what came of it may stand there."""
        return None if self.rest is None or self.rest.startswith(CARD) else self.rest

    @property
    def rest(self) -> str | None:
        """The key of the message, where a button may be taken away: a card is not kept up for ever."""
        return None if self.key is None or self.key.startswith(_KEPT_UP) else self.key

    @property
    def clock(self) -> Toast:
        """Stops the clock of the button without a word."""
        return Toast(press=self.press.id)


def commands_of_reply(key: str) -> tuple[str, ...]:
    """The keys of the commands to which a message with this key may reply: the last of several are numbered."""
    of = key.removeprefix(REPLY)
    return () if of == key else (of, of.rpartition(":")[0])


def is_answered_there(spec: Spec, result: Result, pressed: PressedButton) -> bool:
    """Whether the answer takes the place of the message: it is the same again, or what was asked for there."""
    asked = pressed.asked
    is_refused = result.refusal is not None and not isinstance(result, ToPick | ToChoose)
    if asked is None or is_refused:
        return False
    if spec is PICK or isinstance(asked.result, ToPick | ToChoose):
        return True
    before = spec_of(asked.what)
    if before is START and spec is SHOW:
        return True  # a link opened its card
    if before is None or not (spec.in_place and before.in_place):
        return False
    # A pause is followed by what lifts or changes it.
    return before is spec or (before.is_change and spec.is_change)


def answer_press(reply: ReplyText, messages: Sequence[Draft], pressed: PressedButton) -> Plan:
    """What tells of it, instead of the reply's messages alone."""
    words = None if reply.toast is None else fit_toast(reply.toast)
    toast = Toast(press=pressed.press.id, text=words, alert=reply.alert)
    where = pressed.message
    if reply.in_place and where is not None and (edit := _in_place(messages, where)) is not None:
        return [edit, replace(toast, text=UP_TO_DATE) if _is_shown(edit, pressed) else toast]
    if reply.line is not None and where is not None:
        return [_amend(pressed, where, line=_signed(reply.line, pressed.by), draft=messages[-1]), toast]
    gone = [_amend(pressed, pressed.rest)] if reply.spent and pressed.rest is not None else []
    if reply.toast is None or messages[0].rank is Rank.URGENT:
        return [*gone, *messages, toast]
    return [*gone, replace(toast, otherwise=tuple(messages))]


def note_below(words: str, pressed: PressedButton) -> Plan:
    """What came of it stands in messages of its own: the one that was pressed has done its part."""
    toast = replace(pressed.clock, text=words)
    if pressed.message is None:
        return [toast]
    return [_amend(pressed, pressed.message, line=_signed(quoted(words), pressed.by)), toast]


def _in_place(messages: Sequence[Draft], key: str) -> Draft | None:
    """The only message as another text of the one with this key; None where it takes several, or is no text."""
    first, *further = messages
    if further or first.file is not None or first.photo is not None:
        return None
    return replace(first, key=key, once=False)


def _is_shown(edit: Draft, pressed: PressedButton) -> bool:
    """Whether it reads so already."""
    shown = pressed.shown
    return shown is not None and (shown.text, shown.buttons) == (edit.text, edit.buttons)


def _amend(pressed: PressedButton, key: str, *, line: str | None = None, draft: Draft | None = None) -> AmendMessage:
    """A question that was answered loses all its buttons, and keeps those that are no answers."""
    data = pressed.press.data
    along = OFFER if data.startswith(OFFER) else None
    return AmendMessage(key=key, data=data, along=along, line=line, buttons=draft.buttons if draft else ())


def _signed(line: str, by: str | None) -> str:
    return f"✓ {line}" if by is None else f"✓ {line} ({quoted(by, NAME)})"
