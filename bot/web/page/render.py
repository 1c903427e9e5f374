"""The page as HTML. Jinja2 is known here alone, and imported when the page is first asked for."""

from collections import defaultdict
from collections.abc import Callable
from functools import cache

from bot.web.page.assets import TEMPLATES
from bot.web.page.shapes import PageState
from bot.web.page.times import age_words, left_words, wait_words
from purchasing.events import EventKind


def render_page(state: PageState) -> str:
    """The whole page with this state on it."""
    return _template()(state=state, blank=defaultdict(str), kinds=" ".join(EventKind))


@cache
def _template() -> Callable[..., str]:
    import jinja2  # noqa: PLC0415  the start of the service needs it not

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"time_words": {"ago": age_words, "wait": wait_words, "left": left_words}}
    return environment.get_template("page.html").render
