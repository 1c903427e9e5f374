"""The commands that a client offers behind the slash: a viewer's for everyone, and in private those of one's role."""

from collections.abc import Callable
from functools import partial

from bot.access.roles import Access, Role
from bot.background import BackgroundQueue
from bot.commands.specs import specs_for
from bot.telegram.api import TelegramApi


class Menus:
    """Set in the background, with the role that a person has by then."""

    def __init__(self, *, api: TelegramApi, background: BackgroundQueue, access: Callable[[], Access]) -> None:
        self._api = api
        self._background = background
        self._access = access
        self._is_general_set = False

    def offer_general(self) -> None:
        """Offer everyone the same, once for each start."""
        if not self._is_general_set:
            self._background.put(self._set_general)

    def offer(self, person: int) -> None:
        """Offer this person what their role may do now."""
        self._background.put(partial(self._set, person))

    async def _set_general(self) -> None:
        await self._api.set_menu(_menu(None))
        self._is_general_set = True

    async def _set(self, person: int) -> None:
        await self._api.set_menu(_menu(self._access().role_of(person)), chat=person)


def _menu(role: Role | None) -> list[tuple[str, str]]:
    """Whoever has no role sees what everyone does."""
    specs = specs_for(role or Role.VIEWER, private=role is not None)
    return [(spec.name, spec.help) for spec in specs]
