"""Text to command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access.roles import Role
from bot.commands.specs import (
    REARM,
    SPECS,
    ParsedCommand,
    find_spec,
    is_elsewhere,
    is_stop,
    nearest_command,
    parse_command,
    specs_for,
)
from tests import strategies as any_of

BOT = "Stockbell_bot"
#: So many letters stand in a line on a phone.
PHONE = 42

#: Who may use each command, by the lowest role, as users were promised.
PROMISED = {
    Role.VIEWER: {"start", "help", "status", "board", "list", "show", "slot", "orders", "spend", "why"},
    Role.OPERATOR: {
        *("add", "remove", "set", "move", "pause", "resume", "refresh", "stop", "cancel", "buy", "skip", "settle"),
        *("health", "log", "version"),
    },
    Role.OWNER: {"rearm", "mode", "users", "invite", "revoke"},
}


def parsed(text: str) -> ParsedCommand:
    found = parse_command(text, bot_name=BOT)
    assert found is not None
    return found


def named(text: str) -> tuple[str | None, str]:
    """The command that is meant, and its arguments."""
    found = parsed(text)
    return found.spec.name if found.spec else None, found.args


@pytest.mark.parametrize(("role", "names"), PROMISED.items())
def test_each_role_has_the_commands_that_it_was_promised(role: Role, names: set[str]) -> None:
    assert names <= {spec.name for spec in SPECS if spec.role is role}


def test_what_lets_money_out_or_people_in_is_said_in_private_alone() -> None:
    assert {spec.name for spec in SPECS if spec.private} >= PROMISED[Role.OWNER]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/status", ("status", "")),
        ("  /status  ", ("status", "")),
        ("/STATUS", ("status", "")),
        ("/add 94734932 max=49.99", ("add", "94734932 max=49.99")),
        ("/add\n94734932\n93954435 ", ("add", "94734932\n93954435")),
        ("/check", ("refresh", "")),
        ("/estop", ("stop", "")),
        ("/x", ("stop", "")),
        ("/stop!", ("stop", "")),
        ("/stop!! now", ("stop", "now")),
        ("/stop@stockbell_BOT", ("stop", "")),
        ("/stop@Stockbell_bot please", ("stop", "please")),
        ("/nosuch thing", (None, "thing")),
        ("/add94734932", (None, "")),
    ],
)
def test_a_command_is_known_by_its_name_or_alias_in_any_case(text: str, meant: tuple[str | None, str]) -> None:
    assert named(text) == meant


@pytest.mark.guards("bot", "a command for another bot, or of a higher role, is none")
@pytest.mark.parametrize("text", ["stop", "", "/", "//stop", "hey /stop", "/stop@other_bot", "/über", "/add-it 1"])
def test_other_words_and_the_commands_of_other_bots_are_none(text: str) -> None:
    assert parse_command(text, bot_name=BOT) is None


@given(any_of.hostile)
def test_any_text_is_a_command_or_none(text: str) -> None:
    found = parse_command(text, bot_name=BOT)
    assert found is None or text.strip().lower().startswith(f"/{found.name}")


@given(any_of.hostile)
def test_a_command_keeps_any_arguments_as_they_are(args: str) -> None:
    assert parsed(f"/add {args}").args == args.strip()


@pytest.mark.guards("bot", "a stop is a stop with a mark behind it")
@pytest.mark.parametrize("text", ["/stop", "/estop", "/x", "/X", "/stop@Stockbell_bot", "/stop!", "/stop everything"])
def test_a_stop_is_recognised_however_it_is_said(text: str) -> None:
    assert is_stop(text, bot_name=BOT)


@pytest.mark.guards("bot", "the bare word is a stop")
@pytest.mark.parametrize(
    "text", ["stop", "Stop!", "STOP.", " stop \n", "\N{OCTAGONAL SIGN}Stop\u200b", "*stop*", "/ stop"]
)
def test_the_bare_word_is_a_stop_whatever_signs_stand_around_it(text: str) -> None:
    assert is_stop(text, bot_name=BOT)


@pytest.mark.parametrize(
    "text", ["stops", "bus stop", "stop that", "/stopp", "/status", "/stop@other_bot", "/list stop"]
)
def test_nothing_else_is_a_stop(text: str) -> None:
    assert not is_stop(text, bot_name=BOT)


@pytest.mark.parametrize(("name", "near"), [("stat", "start"), ("hlep", "help"), ("lits", "list"), ("qqqq", None)])
def test_a_misspelt_name_is_told_with_the_nearest(name: str, near: str | None) -> None:
    assert nearest_command(name, role=Role.OWNER, private=True) == near


def test_only_what_a_role_may_do_is_suggested_to_it() -> None:
    assert nearest_command("rearm", role=Role.VIEWER, private=True) != "rearm"
    assert nearest_command("rearn", role=Role.OWNER, private=True) == "rearm"
    assert nearest_command("rearn", role=Role.OWNER, private=False) != "rearm"


@given(st.sampled_from(Role), st.booleans())
def test_only_what_a_role_may_do_in_such_a_chat_is_offered_to_it(role: Role, private: bool) -> None:  # noqa: FBT001  drawn
    offered = specs_for(role, private=private)
    assert all(spec.role <= role and (private or not spec.private) for spec in offered)
    assert len(offered) == sum(spec.role <= role and (private or not spec.private) for spec in SPECS)


def test_a_command_is_found_by_name_or_alias_with_or_without_its_slash() -> None:
    found = [find_spec(name, role=Role.OPERATOR) for name in ("refresh", "/refresh", "CHECK")]
    assert [spec and spec.name for spec in found] == ["refresh"] * 3


@pytest.mark.parametrize(
    ("name", "role", "private", "elsewhere"),
    [
        ("rearm", Role.OWNER, False, True),
        ("/REARM", Role.OWNER, False, True),
        ("rearm", Role.OWNER, True, False),
        ("rearm", Role.OPERATOR, False, False),
        ("status", Role.OWNER, False, False),
        ("nosuch", Role.OWNER, False, False),
    ],
)
def test_what_a_role_may_do_in_private_alone_is_elsewhere_in_a_group(
    name: str, role: Role, *, private: bool, elsewhere: bool
) -> None:
    assert is_elsewhere(name, role=role, private=private) is elsewhere


@pytest.mark.guards("bot", "a command for another bot, or of a higher role, is none")
def test_a_command_of_a_higher_role_is_not_found() -> None:
    assert find_spec("rearm", role=Role.OPERATOR) is None


def test_names_and_aliases_are_telegrams_and_each_stands_once() -> None:
    names = [name for spec in SPECS for name in (spec.name, *spec.aliases)]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and name.islower() and len(name) <= 32 for name in names)
    assert all(1 <= len(spec.help) <= 256 for spec in SPECS)


def test_every_command_that_takes_arguments_is_shown_with_an_example() -> None:
    lacking = [spec.name for spec in SPECS if spec.usage and spec is not REARM and spec.example is None]
    assert lacking == []
    # Where nothing need be said, the name alone stands in the list.
    assert [spec.name for spec in SPECS if spec.short and spec.example is None] == []


def test_a_line_of_help_fits_a_phone() -> None:
    lines = {spec.name: f"/{spec.name} {spec.short} · {spec.help}" for spec in SPECS}
    assert {name: line for name, line in lines.items() if len(line) > PHONE} == {}
