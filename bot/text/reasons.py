"""Stored reasons in the words of a household: programs read them as they are stored, people as they stand here."""

import re
from datetime import datetime, tzinfo
from functools import lru_cache

from bot.text.markup import near_time, quoted

#: What a reason of the shop's calls begins with.
_CALL = r"\b(?:[a-z_]{1,80}_v\d{1,3}|product page): "
_PRICE = r"(\d{1,9}(?:\.\d{1,2})?)"
#: Reasons are no longer; what others wrote may be.
_LONGEST = 2000

#: Why the shop refuses something, by the words and numbers of its answers.
_REFUSALS = {
    "INVENTORY_(?:UNAVAILABLE|NOT_AVAILABLE)": "it is sold out",
    "ITEM_NOT_READY_FOR_LAUNCH": "it is not on sale yet",
    "RESERVATION_FAILURE": "none was left to set aside for you",
    "MAX_PURCHASE_LIMIT_EXCEEDED": "it sells no more of this to one household",
    "(?:DCO_RATE_LIMITED|ERR_A2C_TCIN_RATE_LIMITED|FAST_SELLING)": "too many want it at once",
    "CART_LOCKED": "your cart is locked for a moment",
    "DEPENDENT_SERVICE_ERROR": "its website has trouble of its own",
    "ERR_UNAUTHORIZED": "you are not signed in",
    "MISSING_CREDIT_CARD_CVV": "it asks for the card's security code",
    "PAYMENT_DECLINED_EXCEPTION": "your card was declined",
    "MISSING_OR_INVALID_PAYMENT_DETAILS": "it can't charge your card",
    "HTTP 401": "you are not signed in",
    "HTTP 403": "it asks whether a person is there",
    "HTTP 424": "it is sold out",
    "HTTP 429": "too many want it at once",
    "HTTP 5\\d\\d": "its website has trouble of its own",
    "HTTP 4\\d\\d": "it does not say why",
}

#: What is put into other words, wherever in a reason it stands; the first that fits has it.
_SAYINGS = [
    # Of a refusal whose word is known no second one is needed.
    (rf"(the shop refused [^:]{{1,60}}: )[a-z -]{{1,60}} \(({'|'.join(_REFUSALS)})\)", r"\1\2"),
    # How asking the shop went.
    (rf"(?:{_CALL})?the bot wall(?: \(\d+\))?", "Target is blocking my checks"),
    (rf"(?:{_CALL})?throttled \(429\)", "Target asks me to slow down"),
    (r"the shop asks us to wait", "Target asks me to wait"),
    (rf"(?:{_CALL})?not available now \(\d+\)", "Target's website has trouble of its own"),
    (rf"(?:{_CALL})?no whole answer within [\d.]+ s", "Target did not answer in time"),
    (rf"(?:{_CALL})?the key was refused \(401\)", "Target does not take my access key any more"),
    (r"no key is set, and the product page shows none", "I found no access key on Target's page"),
    (
        rf"(?:{_CALL})?(?:the call no longer exists|sent elsewhere|a required parameter is missing) \(\d+\)",
        "Target has changed its website, and I can't read it any more",
    ),
    (rf"(?:{_CALL})?an answer (?:that is not JSON|without data)(?: \(\d+\))?", "Target's answer made no sense to me"),
    (rf"{_CALL}(?:refused|no page) \(\d+\)", "Target did not take my question"),
    (_CALL, "I could not read Target: "),
    (r"nothing certain in the answer", "Target's answer told nothing for sure"),
    (r"no check has told anything certain", "no check has told me anything for sure"),
    (r"the shop does not answer", "Target does not answer"),
    (r"the shop is not asked for now", "I am not checking at the moment"),
    # How the service stands.
    (r"^paused$", "Everything is paused. /resume ends that"),
    (r"^blind: ", ""),
    (r"^buying is stopped: ", "Buying is off: "),
    (
        r"^checks take longer than they should$",
        "Checks take longer than they should: over 3 seconds each. Alerts may come that much later",
    ),
    (r"^nothing is watched$", "Nothing is watched. /add watches a product"),
    (r"^checks tell nothing certain of (\d+) watched: ", r"I can't read \1 of your products: "),
    (r"^nothing is bought: ", "Nothing is bought: "),
    (r"^nothing can be stored, so that nothing is bought: ", "I can't store anything, so I buy nothing: "),
    (r"nothing is bought, as the database is not the one that was opened: ", "My stored data was touched: "),
    (r"^the database does not work: ", "My stored data can't be used: "),
    (r"^the schedule does not work$", "My checks don't run"),
    (r"the clock is (.{1,40}) behind the journal", r"this computer's clock is \1 behind what it said before"),
    (r"flood limit, wait (\d+) s", r"it asks me to slow down for \1 s"),
    (r"another program polls with this token", "another program uses my token"),
    # What is known of a product.
    (r"refused before, to be asked again soon", "Target did not tell; I ask again soon"),
    (
        r"Target knows no product of this number, and that for long, so that it is asked for every (.{1,20}) until .*",
        r"Target hasn't listed this number for long, so I look only every \1 until it does",
    ),
    (
        r", and that for long, so that it is asked for every (.{1,20}) until .*",
        r", for long, so I look only every \1",
    ),
    (r"Target knows no product of this number", "Target doesn't list this number. Is it right?"),
    (r"the part on its stock is missing from Target's answer", "Target did not say whether it is in stock"),
    (r"missing from Target's answer", "Target left it out of its answer"),
    (r"it comes in variations, each to be watched by its own number", "it comes in variations; watch one of them"),
    (r"Target uses a new word for its stock", "Target uses a word that I don't know"),
    (r"Target's answer says nothing of", "Target says nothing about"),
    (r"sold by a marketplace seller", "sold by another seller, not by Target"),
    (r"its button is off, as where it is out of stock(?:, for \d+ s)?", "it is sold out"),
    (r"it ships only with a larger order(?:, for \d+ s)?", "Target ships it only with a larger order"),
    (r"out of stock(?: \([A-Z_]+\))?", "sold out"),
    (rf"price {_PRICE} is above the cap {_PRICE}", r"$\1 is above your $\2 limit"),
    (r"no certain reading yet", "I have not seen it yet"),
    (r"its last certain reading is (.{1,40}) old", r"I last saw it \1 ago, and that is too old to buy on"),
    (r"its last certain reading lies ahead of the clock", "the clock of this computer is wrong"),
    # Why nothing is bought.
    (r"stopped by", "turned off by"),
    (r"the file EMERGENCY_STOP is there", "turned off by the file EMERGENCY_STOP"),
    (r"watching is paused", "everything is paused"),
    (r"the product is paused", "it is paused"),
    (r"the product is disabled", "it is switched off"),
    (r"it is watched for alerts only", "it is set to alerts only"),
    (r"it was rehearsed in this restock window", "it was rehearsed in this restock already"),
    (r"\b1 of 1 wanted (?:were|would be) bought", "you have the one you wanted"),
    (r"(\d+) of (\d+) wanted (?:were|would be) bought", r"\1 of the \2 you want are bought"),
    (
        r"(\d+) of (\d+) that the shop sells to one household (?:were|would be) bought",
        r"\1 are bought, and Target sells \2 to a household",
    ),
    (
        r"(\d+) of (\d+) attempts in this restock window (?:were|would be) made",
        r"\1 of \2 tries in this restock are used up",
    ),
    (r"(\d+) of (\d+) purchases today (?:were|would be) made", r"\1 of \2 purchases today are made"),
    (
        rf"{_PRICE} was spent today and {_PRICE} more is above {_PRICE}",
        r"$\1 is spent today, and $\2 more would be above your $\3 a day",
    ),
    (rf"{_PRICE} spent today would be above {_PRICE}", r"$\1 today would be above your $\2 a day"),
    (r"buying by itself needs a cap, like", "to buy without asking I need your limit, like"),
    (r"it asks first", "I ask you first"),
    (r"it waits for an answer", "I wait for your answer"),
    (r"/buy still can\b", "/buy still buys it"),
    (r"its price is not known and it has no cap", "its price is not known and you set no limit"),
    (r"the cooldown after the last purchase takes (.{1,40}) more", r"after the last purchase I wait another \1"),
    (r"it is now watched for alerts only", "you set it to alerts only"),
    (r"it is now wanted by", "you now want it by"),
    # A second look, and the cart.
    (r"a second look told nothing certain: ", "looking again, I learned nothing for sure: "),
    (rf"a second look found the price {_PRICE}, above the cap {_PRICE}", r"it costs $\1 now, above your $\2 limit"),
    (r"a second look found it", "looking again, I found it"),
    (r"a second look found that the shop sells (\d+) to one household", r"Target sells only \1 to a household"),
    (r"a second look found a marketplace seller", "another seller sells it, not Target"),
    (r"a second look found no seller", "Target did not say who sells it"),
    (r"a second look found no price", "Target did not say what it costs"),
    (r"the second look is too old", "it took too long after I had looked again"),
    (r", wanted is", ", but you want"),
    (rf"the cart costs {_PRICE}, above the cap {_PRICE}", r"the cart costs $\1, above your $\2 limit"),
    (
        rf"the total {_PRICE} is above {_PRICE}, the cap with its allowance",
        r"the total of $\1 is above $\2, which is your limit with tax and shipping",
    ),
    (r"there is no cap for it", "you set no limit for it"),
    (r"the review page", "Target's last page"),
    # The session.
    (r"nobody is signed in at Target \(there is no [^)]*\)", "you are not signed in at Target"),
    (r"nobody is signed in at Target \([^)]*\)", "your stored sign-in at Target can't be used"),
    # What the shop's pages and its calls said on the way to an order.
    *((rf"\b{code}\b", words) for code, words in _REFUSALS.items()),
    (r"refused with (.{1,80}?), but ", r"Target refused (\1), but "),
    (r"the cart does not hold it any more", "it is not in your cart any more"),
    (r"the cart could not be read: ", "I could not see your cart: "),
    (r"(?:the page|a page of the shop) says that nobody is signed in", "Target's page says that you are not signed in"),
    (r"the shop does not know who asks for the cart", "Target does not know any more who you are"),
    (r"the shop asks for the password", "Target asks for your password"),
    (r"the shop asks for the PIN", "Target asks for the card's PIN"),
    (r"the shop asks for a look at the address", "Target asks you to look at the address"),
    (r"a dialog that is not known lies over the page: ", "Target's page says something that I don't know: "),
    (
        r"the cart holds (one thing|\d+ things) already",
        r"your cart holds \1 already. I leave that alone: buy it, save it for later or take it out",
    ),
    (
        r"(one other thing is|\d+ other things are) in the cart|something else is in the cart",
        "something of yours is in the cart. I leave that alone: buy it, save it for later or take it out",
    ),
    (r"the shop has not heard of the click that adds", "my click to add it did nothing"),
    (r"the shop has not answered the click that adds", "Target did not answer my click to add it"),
    (r"the page asks to choose one of its variations", "it comes in variations; watch one of them"),
    (r"it is sold and shipped by somebody else", "another seller sells it, not Target"),
    (r"(?:nothing known is on the page|\d+ acts led nowhere, the last: [^;]*)", "I don't find my way on Target's page"),
    # The order list.
    (r"the order list could not be read before the button(?:: |$)", "I need your order list before I order: "),
    (
        r"the order list could not be read once more about attempt (\d+): ",
        r"I need your order list to be sure of attempt \1 first: ",
    ),
    (r"the order list is empty, which tells nothing", "your order list is empty, which tells me nothing"),
    (r"the order list has no such order", "your order list has no such order"),
    (r"the order list was answered with (?:\d+|nothing)", "Target did not show it"),
    (r"the order list did not come within \d+ s", "Target did not show it in time"),
    (r"the order list could not be opened: ", "its page could not be opened: "),
    (r"the order list is not as it was: [^;]*", "Target has changed it, and I can't read it any more"),
    (r"the order list does not tell in which zone its times are", "it does not tell its times for sure"),
    (r"the shop shows a challenge in place of the order list", "Target asks whether a person is there"),
    (r"the shop asks for a sign-in in place of the order list", "Target asks you to sign in"),
    (r"\bthe order list\b", "your order list"),
    (r"was ordered after all", "was bought after all"),
    # The browser, and what is left in the cart.
    (
        r"the browser did not start(?: within \d+ s|: [^;]*)?",
        "my browser did not start: stockbell doctor on the computer that I run on says what it lacks",
    ),
    (
        r"the browser failed (\d+) times in a row, and is begun again in (\d+) s",
        r"my browser failed \1 times in a row, and I try again in \2 s: stockbell doctor says what it lacks",
    ),
    (r"after the press the browser was lost", "my browser was lost after I had pressed the button"),
    (r"the browser (?=was\b|opened\b)", "my browser "),
    (r"the service ends$", "I was shutting down"),
    (r"which was there before the press", "which was there before I pressed the button"),
    (
        r"attempt (\d+) may have left something: the cart could not be cleaned: ",
        r"something of attempt \1 may still be in your cart, and I could not take it out: ",
    ),
    # How an attempt ended.
    (r"^settled by (.{1,100}): (?:not )?bought$", r"\1 said so"),
    (r"the service ended while it was submitting", "I was interrupted while placing the order"),
    (r"the service ended while it was \w+", "I was interrupted"),
    (r"its deadline passed(?: before the button)?", "it took too long"),
    (r"no confirmation came before the deadline", "Target sent no confirmation in time"),
    (
        r"no confirmation came, and the page offers its button again, for \d+ s",
        "Target sent no confirmation, and its page went back to the order button",
    ),
    (r"a stop came, and the press was taken back", "I was stopped, and let go of the order button"),
    (r"the button was not pressed: ", "I did not press the order button: "),
    (r"the cart could not be cleaned", "I could not take it out of the cart"),
    (r"the service is stopping", "I was shutting down"),
    (r"practises: live takes effect by /mode live alone", "I only practise: real buying begins with /mode live alone"),
    (r"practises: buying in (\w+) is not part of this version", r"I only practise: this version can't buy in \1"),
    (r"it broke, the log says how", "something broke in me; my log says what"),
    (r"\b[Tt]he shop\b", "Target"),
]
_PATTERNS = [(re.compile(pattern), words) for pattern, words in _SAYINGS]


@lru_cache(maxsize=4096)
def reason_words(why: str) -> str:
    """A stored reason as a household reads it; what is not known stays as it is. Not escaped."""
    why = why[:_LONGEST]
    for pattern, words in _PATTERNS:
        why = pattern.sub(words, why)
    return _WHOLE_DOLLARS.sub(r"\1.00", why)


#: An amount without its cents, as an owner wrote it.
_WHOLE_DOLLARS = re.compile(r"(\$\d{1,9})(?!\d|[.,]\d)")


def reason(why: object) -> str:
    """As `reason_words`, on one line, cut and escaped."""
    return quoted(reason_words(str(why)))


def begin_large(why: str) -> str:
    """A reason that begins a line; escaped."""
    words = reason_words(why).strip()
    return quoted(words[:1].upper() + words[1:])


def as_sentence(why: str) -> str:
    """A reason as a sentence of its own; escaped."""
    words = begin_large(why)
    return words if not words or words.endswith((".", "?", "!", "…")) else f"{words}."


def blind_words(why: str | None, until: datetime | None, zone: tzinfo, *, at: datetime) -> str:
    """Why nothing is seen, when it is tried again, and what is shown meanwhile."""
    again = "I keep trying" if until is None else f"I'll try again at {near_time(until, zone, now=at)}"
    return f"⚠️ {as_sentence(why or 'the shop does not answer')} {again}; until then I show what I last saw."
