"""What may be said to look back."""

from bot.commands.spec import Example, Spec
from bot.text.past.history import say_charted, say_history

HISTORY = Spec(
    name="history",
    help="restocks and prices so far",
    usage="[PRODUCT] [1d, 7d, 30d or 365d]",
    short="2",
    example=Example(
        args="2 30d", means="tells how often the second of /list came in the last 30 days, and at what price"
    ),
    in_place=True,
    says=say_history,
)
CHART = Spec(
    name="chart",
    help="the same as a picture",
    usage="[PRODUCT] [1d, 7d, 30d or 365d]",
    short="2",
    example=Example(args="2 365d", means="draws stock, price and purchases of the second of /list over a year"),
    button_stays=True,
    says=say_charted,
)
