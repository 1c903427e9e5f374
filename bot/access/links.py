"""Links that lead into the chat with the bot; opening one and pressing Start says `/start WORD` there."""

import re

#: What Telegram takes for the name of a bot, and for a word behind `start=`.
_NAME = re.compile(r"[A-Za-z0-9_]{3,64}")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")


def start_link(bot: str, word: str) -> str | None:
    """The link on which the bot of this name hears the word; None where there can't be one."""
    if not _NAME.fullmatch(bot) or not _WORD.fullmatch(word):
        return None
    return f"https://t.me/{bot}?start={word}"
