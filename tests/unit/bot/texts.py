"""One way to call each function that makes a text, with whatever people and shops may say."""

import pkgutil
from importlib import import_module

import bot
from tests.unit.bot.said import Render
from tests.unit.bot.texts_of_answers import TEXTS as OF_ANSWERS
from tests.unit.bot.texts_of_changes import TEXTS as OF_CHANGES
from tests.unit.bot.texts_of_news import TEXTS as OF_NEWS
from tests.unit.bot.texts_of_service import TEXTS as OF_THE_SERVICE

#: For each function that makes a text: any that it may make.
TEXTS = OF_NEWS | OF_THE_SERVICE | OF_ANSWERS | OF_CHANGES


def every_render() -> set[Render]:
    """All functions of the room that make a text."""
    modules = [import_module(found.name) for found in pkgutil.walk_packages(bot.__path__, "bot.") if _quiet(found.name)]
    found = [(name, value) for module in modules for name, value in vars(module).items()]
    return {value for name, value in found if name.startswith("render_") and _is_ours(value)}


def _quiet(module: str) -> bool:
    """Whether importing it does no more than that."""
    return not module.endswith("__main__")


def _is_ours(value: object) -> bool:
    """Of a text for the chat; a page is another matter."""
    module = getattr(value, "__module__", "")
    return module.startswith("bot.") and not module.startswith("bot.web.")
