"""What each setting does, in a sentence. A variable without one fails the test of the page."""

from collections.abc import Mapping

MEANS: Mapping[str, str] = {
    "STOCKBELL_DATA_DIR": "Where everything is kept; made at the first start, for its owner alone.",
    "STOCKBELL_TIMEZONE": "Times in the chat, and the day of the daily limits, such as `America/Chicago`.",
    "STOCKBELL_OUTLETS": "Who else is told, by [addresses](operations.md#other-outlets) of Apprise's kinds.",
    "STOCKBELL_TELEGRAM__TOKEN": "Your bot's token, from BotFather. Without one there is no chat; watching goes on.",
    "STOCKBELL_TELEGRAM__API_URL": "The Bot API; another address for a Bot API server of your own.",
    "STOCKBELL_TELEGRAM__OWNERS": "Telegram ids of owners. Not needed: the first owner may use the one-time code.",
    "STOCKBELL_TELEGRAM__OPERATORS": "Ids of people who may change what is watched, stop, and answer.",
    "STOCKBELL_TELEGRAM__VIEWERS": "Ids of people who may look and get alerts.",
    "STOCKBELL_TELEGRAM__GROUPS": "Ids of groups that get alerts, and where known people are answered; all negative.",
    "STOCKBELL_TELEGRAM__SUMMARY_AT": "When the summary of the day comes, in your time zone, such as `21:00`.",
    "STOCKBELL_TARGET__API_URL": "Where stock is asked for.",
    "STOCKBELL_TARGET__SITE_URL": "Where product pages are.",
    "STOCKBELL_TARGET__API_KEYS": "Keys for the stock calls, in order. With none, a product page is read for one.",
    "STOCKBELL_TARGET__USER_AGENTS": "One of these is sent, chosen at the start. With none, Stockbell gives its name.",
    "STOCKBELL_TARGET__STORE_ID": "The number of your store, for pickup and prices.",
    "STOCKBELL_TARGET__ZIP": "Your ZIP code, five digits, for shipping.",
    "STOCKBELL_TARGET__STATE": "Your state, two capital letters.",
    "STOCKBELL_TARGET__LATITUDE": "Where you are, in degrees.",
    "STOCKBELL_TARGET__LONGITUDE": "Where you are, in degrees.",
    "STOCKBELL_TARGET__TIMEOUT_S": "Seconds until a call to the shop is given up.",
    "STOCKBELL_MONITOR__EVERY_MIN_S": "The least seconds between two cycles; below 10 is refused for target.com.",
    "STOCKBELL_MONITOR__EVERY_MAX_S": "The most; each cycle draws its own wait between the two.",
    "STOCKBELL_MONITOR__CIRCUIT_FAILURES": "So many failed cycles in a row stop the checks for a while.",
    "STOCKBELL_MONITOR__CIRCUIT_PAUSE_S": "The first such pause in seconds; it doubles up to 15 minutes.",
    "STOCKBELL_MONITOR__BUDGET_PER_MINUTE": "Requests to the shop in any minute, at most; a purchase comes first.",
    "STOCKBELL_MONITOR__SECOND_LOOK_MIN": "Minutes between two looks at a product's page. Not in `simulate`.",
    "STOCKBELL_MONITOR__KEEP_DAYS": "Days for which the journal keeps every event.",
    "STOCKBELL_PURCHASING__MODE": "The mode of the first start; then the last `/mode` holds. Never `live` by itself.",
    "STOCKBELL_PURCHASING__SIMULATED_S": "How long a practice purchase takes, in seconds.",
    "STOCKBELL_PURCHASING__SIMULATED_SUCCESS": "The part of practice purchases that succeed.",
    "STOCKBELL_PURCHASING__DEADLINE_S": "Seconds that an attempt may take.",
    "STOCKBELL_PURCHASING__COOLDOWN_S": "Seconds after a purchase in which no other starts. In `live` only.",
    "STOCKBELL_PURCHASING__MAX_PER_WINDOW": "Attempts in one restock window, at most. In `live` only.",
    "STOCKBELL_PURCHASING__MAX_PER_DAY": "Purchases in a day, at most. In `live` only.",
    "STOCKBELL_PURCHASING__MAX_SPEND_PER_DAY": "Spent in a day, at most, in dollars. In `live` only.",
    "STOCKBELL_PURCHASING__ALLOWANCE": "What tax and shipping may add to a cap, as a part of it.",
    "STOCKBELL_PURCHASING__ASK_EXPIRES_S": "Seconds for which Buy and Skip can be pressed. In `live` only.",
    "STOCKBELL_PURCHASING__ASK_NUDGE_S": "Seconds after which a question that nobody answered rings once more.",
    "STOCKBELL_BROWSER__EXECUTABLE": "A Chromium of your own choice; else one of this machine is found.",
    "STOCKBELL_BROWSER__HEADLESS": "Whether the browser has no window.",
    "STOCKBELL_BROWSER__SESSIONS": "Pages that are kept ready for the highest products, 1 to 4.",
    "STOCKBELL_HTTP__HOST": "Where the web side listens. Any address that others can reach needs a token.",
    "STOCKBELL_HTTP__PORT": "Its port; 0 takes any free one.",
    "STOCKBELL_HTTP__TOKEN": "What a caller must send, as `Authorization: Bearer …`; 16 characters at least.",
    "STOCKBELL_HTTP__PUBLIC_URL": "Where people reach the web side, if its name is another than this machine's own.",
}

#: A test looks whether this is still so.
NOT_USED_YET = frozenset(
    {
        "STOCKBELL_MONITOR__KEEP_DAYS",
    }
)
