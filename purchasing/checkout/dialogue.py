"""What is done next: from a stage, an observation and what is wanted, one act. Nothing here looks, clicks or waits.

Each stage is a list of rules, and the first that has an act counts. In every list they stand in this order:

1. what ends it whoever asks: a challenge, a sign-in, a prompt that only the owner can answer;
2. failure before success: "Item not added to cart" is said in a dialog that also leads to the cart;
3. a dialog that is not known, which is never clicked;
4. a shop that holds people back;
5. the next step on the way, and what it waits for.

Laws that hold over all of them: a click goes to what was seen and to no other product; `add` is clicked once; after the
press nothing is clicked, chosen or opened; what is in the cart beside ours is never bought and never taken out.
"""

from collections.abc import Callable, Mapping
from typing import Final

from purchasing.checkout import obstacles, steps
from purchasing.checkout.model import Act, Observation, Stage, Wait, Wanted
from purchasing.checkout.view import View

Rule = Callable[[View], Act | None]

_OWNER: Final[tuple[Rule, ...]] = (obstacles.challenge, obstacles.sign_in, obstacles.prompts)

#: The first rule with an act counts.
RULES: Final[Mapping[Stage, tuple[Rule, ...]]] = {
    Stage.ADD: (
        *_OWNER,
        obstacles.add_refused,
        obstacles.not_added,
        obstacles.limit,
        obstacles.unknown_dialog,
        obstacles.busy,
        steps.cart_taken,
        steps.open_product,
        steps.variations,
        steps.seller,
        steps.choose_channel,
        steps.sold_out,
        steps.add,
        steps.decline_coverage,
        steps.open_cart,
        steps.cart_settled,
        steps.only_ours,
        steps.set_quantity,
        steps.open_summary,
        steps.cart_agrees,
        steps.in_cart,
    ),
    Stage.REVIEW: (
        *_OWNER,
        obstacles.checkout_refused,
        obstacles.limit,
        obstacles.unknown_dialog,
        obstacles.busy,
        obstacles.cart_lost,
        steps.from_cart,
        steps.open_checkout,
        steps.seller,
        steps.save_and_continue,
        steps.review_ready,
        steps.review_agrees,
        steps.at_review,
    ),
    # An order is an order, whatever else the page asks for; and while the shop owes an answer, it may be one.
    Stage.PRESSED: (
        steps.ordered,
        steps.follow_press,
        steps.declined,
        *_OWNER,
        obstacles.unknown_dialog,
        steps.unanswered,
    ),
    Stage.CLEAN: (
        obstacles.challenge,
        steps.leave_for_cart,
        obstacles.sign_in,
        steps.cart_only,
        steps.clean,
        obstacles.unknown_dialog,
        steps.take_out,
    ),
}


def next_act(stage: Stage, observation: Observation, wanted: Wanted) -> Act:
    view = View(observation, wanted)
    acts = (rule(view) for rule in RULES[stage])
    return next((act for act in acts if act is not None), Wait(why="nothing known is on the page"))
