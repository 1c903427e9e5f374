"""What the live page is given where nothing else of a service is there."""

from datetime import UTC

from bot.web.page.states import PageTies
from purchasing.standing import StandingReader
from tests.builders import limits


def page_ties() -> PageTies:
    return PageTies(standing=StandingReader(limits=limits(), timezone=UTC), link_of=lambda _word: None)
