"""What commands that change something are answered with, with whatever people may have said."""

from collections.abc import Callable
from datetime import UTC

from hypothesis import strategies as st

from bot.charts.model import Reach
from bot.commands import answers, specs
from bot.commands.browsing.commands import WEB
from bot.commands.past.commands import CHART, HISTORY
from bot.commands.spec import Spec
from config.products import Mode
from purchasing.commands import (
    Added,
    Answered,
    Audited,
    BusyHour,
    Cancelled,
    Charted,
    Done,
    Invited,
    LogCleared,
    LookedBack,
    Mentioned,
    ModeChosen,
    PageLinked,
    PastRestock,
    Paused,
    PlaceChanged,
    RefusedWord,
    Removed,
    Result,
    Resumed,
    Revoked,
    Settled,
    Snoozed,
    Stopped,
    Undone,
    WishesChanged,
)
from purchasing.events import Control, RestockedProduct
from purchasing.model import ApprovalAnswer, Step
from tests import strategies as any_of
from tests.builders import AT, A, B, seconds, tcins
from tests.unit.bot.said import Said, Texts, modes, of_lines
from tests.unit.bot.texts_of_news import cut_short

TEXTS = Texts()


def _refused(draw: st.DrawFn) -> tuple[RefusedWord, ...]:
    pairs = draw(st.lists(st.tuples(any_of.hostile, any_of.hostile), max_size=20))
    return tuple(RefusedWord(word=word, why=why) for word, why in pairs)


def _looked_back(draw: st.DrawFn) -> LookedBack:
    counts, lengths = st.integers(0, 10**4), st.integers(0, 10**7)
    restock = st.builds(
        PastRestock,
        opened_at=st.just(AT),
        closed_at=st.sampled_from([None, AT + seconds(90)]),
        price=any_of.prices,
        step=st.sampled_from([None, *Step]),
        mode=modes,
    )
    came = st.builds(
        RestockedProduct,
        tcin=st.just(B),
        title=any_of.titles,
        times=st.integers(1, 99),
        open_s=lengths,
        is_open=st.booleans(),
    )
    return LookedBack(
        tcin=A,
        days=draw(st.sampled_from(Reach)),
        at=AT,
        restocks=draw(counts),
        open_s=draw(lengths),
        seen_s=draw(lengths),
        unknown_s=draw(lengths),
        in_week=draw(counts),
        in_month=draw(counts),
        last=tuple(draw(st.lists(restock, max_size=5))),
        hours=tuple(draw(st.lists(st.builds(BusyHour, hour=st.integers(0, 23), times=counts), max_size=3))),
        lowest=draw(any_of.prices),
        highest=draw(any_of.prices),
        products=tuple(draw(st.lists(came, max_size=12))),
        more=draw(counts),
    )


#: For each command that changes something: what it may leave behind for its reply, of products A and B.
RESULTS: dict[Spec, Callable[[st.DrawFn], Result]] = {
    specs.ADD: lambda draw: Added(added=(A,), there=(B,), refused=_refused(draw)),
    specs.REMOVE: lambda draw: Removed(removed=(A, B), refused=_refused(draw)),
    specs.SET: lambda _: WishesChanged(tcin=A, keys=("max_price",)),
    specs.MOVE: lambda _: PlaceChanged(tcin=A, place=1, of=2),
    specs.UNDO: lambda _: Undone(absent=(A,), present=(B,)),
    specs.PAUSE: lambda draw: Paused(tcin=A, until=draw(st.sampled_from([None, AT + seconds(10**6)]))),
    specs.RESUME: lambda draw: Resumed(tcin=A, stopped=draw(any_of.maybe_hostile), paused=draw(st.booleans())),
    specs.REFRESH: lambda _: Done(),
    specs.STOP: lambda draw: Stopped(already=draw(any_of.maybe_hostile), cut=draw(cut_short())),
    specs.BUY: lambda _: Answered(tcin=A, answer=ApprovalAnswer.BUY),
    specs.SKIP: lambda _: Answered(tcin=A, answer=ApprovalAnswer.SKIP),
    specs.SETTLE: lambda draw: Settled(tcin=A, attempt=7, bought=draw(st.booleans())),
    specs.REARM: lambda _: Done(),
    specs.MODE: lambda _: ModeChosen(mode=Mode.SIMULATE),
    specs.CANCEL: lambda _: Cancelled(tcin=A, attempt=7),
    specs.DRILL: lambda _: Done(),
    specs.INVITE: lambda draw: Invited(
        role=draw(st.sampled_from(["viewer", "operator", "owner"])),
        code="ABCD2345",
        link=draw(st.sampled_from([None, "https://t.me/stockbell_bot?start=ABCD2345"])),
        until=draw(st.sampled_from([None, AT])),
    ),
    specs.UNINVITE: lambda _: Done(),
    specs.DISMISS: lambda draw: Snoozed(what=Control.PAUSE, until=AT) if draw(st.booleans()) else Done(),
    WEB: lambda draw: PageLinked(
        url="https://bell.example/sign-in/ABCDEFGH",
        until=draw(st.sampled_from([None, AT])),
        only_here=draw(st.booleans()),
    ),
    specs.REVOKE: lambda draw: Revoked(user=1002, browsers=draw(st.integers(0, 20))),
    specs.AUDIT: lambda draw: Audited(
        events=5120,
        cycles=1284,
        attempts=draw(st.integers(0, 2)),
        moves=40,
        orders=1,
        findings=tuple(draw(st.lists(any_of.hostile, max_size=5))),
        found=draw(st.integers(0, 5000)),
        compacted_to=draw(st.sampled_from([None, AT])),
    ),
    HISTORY: _looked_back,
    CHART: lambda draw: Charted(
        picture="94734932-7d-0.png",
        tcin=A,
        days=draw(st.sampled_from(Reach)),
        restocks=draw(st.integers(0, 10**4)),
        open_s=draw(st.integers(0, 10**7)),
        seen_s=draw(st.integers(0, 10**7)),
    ),
    specs.CLEARLOG: lambda draw: LogCleared(is_hidden=draw(st.booleans())),
    specs.TEXT: lambda draw: Mentioned(tcins=tcins(draw(st.integers(0, 9)))),
    specs.LINKS: lambda draw: Mentioned(
        tcins=tcins(draw(st.integers(0, 30))), there=tcins(draw(st.integers(0, 30))), may_add=draw(st.booleans())
    ),
    specs.DECLINE: lambda _: Done(),
}
_SPEAK_OF = (
    dict.fromkeys((specs.ADD, specs.REMOVE, specs.UNDO), (A, B))
    | dict.fromkeys(
        (specs.SET, specs.MOVE, specs.PAUSE, specs.RESUME, specs.CANCEL, specs.BUY, specs.SKIP, specs.SETTLE), (A,)
    )
    | dict.fromkeys((HISTORY, CHART), (A,))
)


@TEXTS.of(answers.render_change)
def _change(draw: st.DrawFn) -> Said:
    mode, spec = draw(modes), draw(st.sampled_from([*RESULTS, specs.PRESS]))
    known = [draw(any_of.told_products(tcin)) for tcin in (A, B)]
    result = RESULTS[spec](draw) if spec in RESULTS else Done()
    text = answers.render_change(spec, result, known, mode=mode, zone=UTC)
    return of_lines(text, mode, [line for line in known if line.tcin in _SPEAK_OF.get(spec, ())])
