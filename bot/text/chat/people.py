"""Who is let in and who let them in, in words for those who read it."""

from dataclasses import dataclass
from datetime import tzinfo

from bot.text.draft import Button, Buttons
from bot.text.markup import Known, clock_time, code, escape, headed, quoted
from config.products import Mode
from purchasing.commands import Done, Invited
from purchasing.events import AccessChanged

#: A person's name is cut here.
NAME = 60
#: Who invited the first owner, in the place of a person's id.
CONSOLE = "console"

#: What each role may do, said to whoever has it.
MAY = {
    "viewer": "You may look at everything here, and you get the alerts.",
    "operator": "You may look, get the alerts, change what is watched, answer Buy or Skip, and stop buying.",
    "owner": "You may do everything here, also let people in and turn real buying on.",
}


def say_invited(result: Invited, _known: Known, zone: tzinfo) -> list[str]:
    """To be handed on as it is."""
    until = "" if result.until is None else f", until {clock_time(result.until, zone)}"
    how = f"Send {code(f'/start {result.code}')} to me, the bot that wrote this."
    if result.link is not None:
        how = f"Open {escape(result.link)} and press Start."
    return [
        "<b>You are invited</b> to Stockbell, which tells when products are in stock at Target.",
        how,
        MAY.get(result.role, f"You will be {quoted(result.role)} here."),
        f"It works once, for 10 minutes{until}.",
    ]


def say_uninvited(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return ["The invitation is taken back: its link lets nobody in any more."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Somebody was let in just now: by whose invitation, None where it was the code on the console."""

    by: str | None


def say_welcome(role: str, joined: Joined) -> str:
    may = MAY.get(role, "")
    if joined.by is None:
        return f"Welcome! You are the first owner. {may}"
    return f"Welcome! {quoted(joined.by, NAME)} let you in. {may}"


def person_link(user: int, name: str) -> str:
    """A person's name, which opens their profile, where the reader's app knows them."""
    return f'<a href="tg://user?id={user}">{quoted(name, NAME) or user}</a>'


def render_access_news(changed: AccessChanged, who: str, by: str, *, mode: Mode) -> str:
    """Told to the owners: who may do what from now on."""
    name = person_link(changed.user, who) if who != str(changed.user) else code(changed.user)
    if changed.role is None:
        return headed(mode, f"{name} is let in no longer: {quoted(by, NAME)} took the role away.")
    how = f"by {quoted(by, NAME)}"
    if changed.invited_by == CONSOLE:
        how = "by the code on the console"
    elif changed.invited_by is not None:
        how = f"invited by {quoted(by, NAME)}"
    elif changed.by == str(changed.user):
        how = "by an invitation"
    joined = headed(mode, f"<b>{name} has joined</b> as {quoted(changed.role)}, {how}.")
    return f"{joined}\nNot right? {code(f'/revoke {changed.user}')} takes it away."


def access_buttons(changed: AccessChanged) -> Buttons:
    """For whoever joined: one tap takes the role away."""
    if changed.role is None:
        return ()
    return ((Button(text="Take it away", data=f"/revoke {changed.user}"),),)
