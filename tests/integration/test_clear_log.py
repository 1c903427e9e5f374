"""The log of a chat, cleared and shown again; over a real file."""

from pathlib import Path

import pytest

from bot.telegram.messages import ChatRecords
from purchasing.commands import LogCleared
from tests.builders import A, B
from tests.integration.command_desk import new_desk


async def test_clearing_hides_what_was_and_the_button_shows_it_again(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        cleared, buttons = await desk.ask("/clearlog")
        assert cleared == LogCleared(is_hidden=True)
        first = await desk.database.transact(lambda connection: ChatRecords(connection).log_hidden_until(1001))
        assert first > 0
        await desk.watch(B)
        await desk.ask("/clearlog")
        again = await desk.give(buttons["Show them again"])
        assert again == LogCleared(is_hidden=False)
        assert await desk.database.transact(lambda connection: ChatRecords(connection).log_hidden_until(1001)) == 0


async def test_what_is_said_beside_the_command_means_nothing(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        assert await desk.give("/clearlog 0") == LogCleared(is_hidden=True)
        assert await desk.database.transact(lambda connection: ChatRecords(connection).log_hidden_until(1001)) > 0


@pytest.mark.guards("bot", "what a chat hides of the log is that chat's alone, and follows a group that moves")
async def test_each_chat_hides_its_own_and_a_group_keeps_it_when_it_moves(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:

        def work(records: ChatRecords) -> list[int]:
            records.hide_log(-1, until=7)
            records.move_chat(-1, -1001)
            return [records.log_hidden_until(chat) for chat in (-1001, 1001)]

        assert await desk.database.transact(lambda connection: work(ChatRecords(connection))) == [7, 0]
