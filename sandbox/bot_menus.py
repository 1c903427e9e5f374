"""The menus behind the slash, by scope and chat."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.bot_params import Params
from sandbox.chat_model import Command, Json, bad_request
from sandbox.conversations import Conversation, Conversations

_MAX_COMMANDS = 100
#: The narrowest scope wins, as in a real chat.
_PRIVATE_ORDER = ("chat", "all_private_chats", "default")
_GROUP_ORDER = ("chat", "all_group_chats", "default")


class BotMenus:
    """What a bot sets as its menus; languages are not told apart."""

    def __init__(self, talks: Conversations) -> None:
        self._talks = talks
        self._menus: dict[tuple[str, int], tuple[Command, ...]] = {}

    def methods(self) -> Mapping[str, Callable[[Params], Any]]:
        return {"setmycommands": self._set, "getmycommands": self._get, "deletemycommands": self._delete}

    def _set(self, params: Params) -> bool:
        commands = tuple(_command(one) for one in params.structure("commands", "commands") or ())
        if len(commands) > _MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        return self._put(params, commands)

    def _delete(self, params: Params) -> bool:
        return self._put(params, ())

    def _put(self, params: Params, commands: tuple[Command, ...]) -> bool:
        self._menus[self._scope(params)] = commands
        self._talks.tell_overview()
        return True

    def _get(self, params: Params) -> list[Json]:
        commands = self._menus.get(self._scope(params), ())
        return [{"command": one.command, "description": one.description} for one in commands]

    def _scope(self, params: Params) -> tuple[str, int]:
        scope = params.structure("scope", "BotCommandScope") or {}
        chat_id = int(scope.get("chat_id", 0))
        if chat_id and not self._talks.get(chat_id).started:
            raise bad_request("chat not found")
        return str(scope.get("type", "default")), chat_id

    def menu(self, chat: Conversation) -> tuple[Command, ...]:
        """What is offered behind the slash in this chat."""
        order = _PRIVATE_ORDER if chat.is_private else _GROUP_ORDER
        keys = [(kind, chat.id if kind == "chat" else 0) for kind in order]
        return next((self._menus[key] for key in keys if self._menus.get(key)), ())


def _command(raw: Json) -> Command:
    command, description = str(raw.get("command", "")).removeprefix("/"), str(raw.get("description", ""))
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return Command(command=command, description=description)
