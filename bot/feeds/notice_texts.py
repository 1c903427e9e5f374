"""What is told of an event that is no alert: the text, whether with a sound, and from which role on. Pure."""

from collections.abc import Mapping
from datetime import tzinfo

from bot.access.roles import Role
from bot.text.chat.outlets import render_outlet_back, render_outlet_failed
from bot.text.chat.people import render_access_news
from bot.text.checkout import (
    render_cart_cleaned,
    render_cart_not_cleaned,
    render_cart_taken,
    render_order_found,
    render_session_expired,
)
from bot.text.events import Names
from bot.text.notices import (
    render_blind,
    render_checks_quick,
    render_checks_slow,
    render_delisted,
    render_emptied_watchlist,
    render_listed,
    render_mode_news,
    render_note,
    render_pause_news,
    render_rearm_news,
    render_restored,
    render_resume_news,
    render_sighted,
    render_still_held,
    render_stop_news,
    render_storage_back,
    render_storage_displaced,
    render_storage_failed,
    render_unread,
    render_variations,
    render_watchlist_trouble,
)
from bot.text.purchases import render_limit
from config.products import Mode, Tcin
from purchasing.events import (
    AccessChanged,
    Blind,
    CartCleaned,
    CartNotCleaned,
    CartTaken,
    ChecksQuick,
    ChecksSlow,
    Control,
    ControlChanged,
    Event,
    Fact,
    LimitReached,
    OrderFound,
    OutletBack,
    OutletFailed,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    Restored,
    ServiceStarted,
    SessionExpired,
    Sighted,
    StillHeld,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
    UnknownFact,
    WatchlistChanged,
    WatchlistRefused,
    unstamp,
)

#: None where nothing is told; and True where it comes without a sound.
_Told = tuple[str | None, bool]


def notice_text(
    event: Event, titles: Mapping[Tcin, str], names: Names, *, mode: Mode, zone: tzinfo
) -> tuple[str | None, bool, Role]:
    """What is told of it, whether without sound, and from which role on."""
    of_steering = _text_of_steering(event.fact, mode=mode, zone=zone)
    if of_steering[0] is not None:
        return *of_steering, Role.VIEWER
    of_watching = _text_of_watching(event, mode=mode, zone=zone)
    if of_watching[0] is not None:
        return *of_watching, Role.VIEWER
    match event.fact:
        case LimitReached() as reached:
            return render_limit(reached, titles.get(reached.tcin), mode=mode), False, Role.VIEWER
        case OrderFound() as order:
            return render_order_found(order, titles.get(order.tcin) or ""), False, Role.VIEWER
    for_owners = _text_for_owners(event, names, mode=mode, zone=zone)
    if for_owners[0] is not None:
        return *for_owners, Role.OWNER
    of_checkout = _text_of_checkout(event.fact, titles, mode=mode, zone=zone)
    if of_checkout[0] is not None:
        return *of_checkout, Role.OPERATOR
    return *_text_for_operators(event.fact, mode=mode), Role.OPERATOR


def _text_of_steering(fact: Fact | UnknownFact, *, mode: Mode, zone: tzinfo) -> _Told:
    match fact:
        case ControlChanged(what=Control.STOP, by=by, cut=cut):
            return render_stop_news(by, cut or None, mode=mode), False
        case ControlChanged(what=Control.REARM, by=by, passed_over=passed_over):
            return render_rearm_news(by, passed_over, mode=mode, zone=zone), True
        case ControlChanged(what=Control.MODE, by=by, value=str(word)):
            chosen = Mode(word)
            return render_mode_news(by, mode=chosen), chosen is not Mode.LIVE
    return None, True


def _text_of_watching(event: Event, *, mode: Mode, zone: tzinfo) -> _Told:
    match event.fact:
        case Blind() as blind:
            return render_blind(blind, mode=mode, zone=zone, at=event.at), False
        case Sighted() as sighted:
            return render_sighted(sighted, mode=mode), True
        case ChecksSlow() as slow:
            return render_checks_slow(slow, mode=mode), False
        case ChecksQuick() as quick:
            return render_checks_quick(quick, mode=mode), True
    return None, True


def _text_of_checkout(fact: Fact | UnknownFact, titles: Mapping[Tcin, str], *, mode: Mode, zone: tzinfo) -> _Told:
    match fact:
        case SessionExpired() as expired:
            return render_session_expired(expired, mode=mode, zone=zone), False
        case CartTaken() as taken:
            return render_cart_taken(taken, mode=mode), False
        case CartNotCleaned() as left:
            return render_cart_not_cleaned(left, titles.get(left.tcin) or "", mode=mode), False
        case CartCleaned() as cleaned:
            return render_cart_cleaned(cleaned, titles.get(cleaned.tcin) or "", mode=mode), True
    return None, True


def _text_for_owners(event: Event, names: Names, *, mode: Mode, zone: tzinfo) -> _Told:
    person = names.person
    match event.fact:
        case ControlChanged(what=Control.PAUSE, tcin=None, value=False, by=by):
            return render_resume_news(person(by), mode=mode), True
        case ControlChanged(what=Control.PAUSE, tcin=None, value=value, by=by):
            until = unstamp(value) if isinstance(value, str) else None
            return render_pause_news(person(by), until, mode=mode, zone=zone), False
        case AccessChanged() as changed:
            who, by = changed.name or person(changed.user), person(changed.invited_by or changed.by)
            return render_access_news(changed, who, by, mode=mode), changed.role is None
        case StillHeld() as held:
            by = person(held.by) if held.what is Control.PAUSE else held.by  # a name may look like an id
            return render_still_held(held, by, at=event.at, mode=mode, zone=zone), False
        case Restored() as restored:
            return render_restored(restored, mode=mode, zone=zone), False
        case OutletFailed() as failed:
            return render_outlet_failed(failed, mode=mode, zone=zone), False
        case OutletBack() as back:
            return render_outlet_back(back, mode=mode), True
    return None, True


def _text_for_operators(fact: Fact | UnknownFact, *, mode: Mode) -> _Told:
    match fact:
        case ServiceStarted(note=str(note)):
            return render_note(note, mode=mode), False
        case ProductLearned(children=children) as learned if children:
            return render_variations(learned, mode=mode), False
        case ProductsUnread() | ProductsDelisted() | ProductsListed() as listing:
            return _text_on_listing(listing, mode=mode)
        case StorageFailed() as failed:
            return render_storage_failed(failed, mode=mode), False
        case StorageDisplaced() as displaced:
            return render_storage_displaced(displaced, mode=mode), False
        case StorageBack() as back:
            return render_storage_back(back, mode=mode), True
        case WatchlistChanged(order=(), removed=removed) if removed:
            return render_emptied_watchlist(removed, mode=mode), False
        case WatchlistRefused(problems=problems):
            return render_watchlist_trouble(problems, mode=mode), False
    return None, True


def _text_on_listing(fact: ProductsUnread | ProductsDelisted | ProductsListed, *, mode: Mode) -> _Told:
    match fact:
        case ProductsUnread() as unread:
            return render_unread(unread, mode=mode), False
        case ProductsDelisted() as delisted:
            return render_delisted(delisted, mode=mode), False
        case ProductsListed() as listed:
            return render_listed(listed, mode=mode), True
