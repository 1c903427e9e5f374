"""What may be said to see the live page."""

from bot.commands.spec import Spec
from bot.text.chat.pages import say_page

WEB = Spec(name="web", help="the live page in a browser", private=True, says=say_page)
