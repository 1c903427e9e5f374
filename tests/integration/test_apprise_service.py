"""Apprise over real sockets: what was not taken is told apart from what may have been."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.feeds.outlets.apprise_service import DEADLINE, AppriseService, DeliveryUnknown, OutletTrouble
from config.outlets import OutletAddress
from tests.integration.post import eventually
from tests.receivers import MailServer, Receiver, Webhook
from tests.world import reserve_port

#: Of some ninety plugins, some import what Python will drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BODY = "Target refused the payment, error=403."


def service(url: str, *, deadline: timedelta = DEADLINE) -> AppriseService:
    return AppriseService(OutletAddress(place=1, url=SecretStr(url)), deadline=deadline)


def mail(port: int, login: str = "ada:dog") -> AppriseService:
    return service(f"mailto://{login}@127.0.0.1:{port}?from=stockbell@example.com&to=bea@example.com")


async def trouble(one: AppriseService) -> OutletTrouble:
    with pytest.raises(OutletTrouble) as caught:
        await one.send(title="A subject", body=BODY)
    return caught.value


async def test_where_nobody_listens_nothing_arrived() -> None:
    with reserve_port() as reserved:
        port = reserved.getsockname()[1]
        for one in (service(f"json://127.0.0.1:{port}"), mail(port)):
            why = await trouble(one)
            assert (type(why), str(why)) == (OutletTrouble, "it can't be reached")


async def test_a_refusal_is_no_doubt_and_is_told_with_its_number() -> None:
    post = Webhook(refusal="429 Too Many Requests")
    async with post.serve() as port:
        why = await trouble(service(f"json://127.0.0.1:{port}"))
        assert (type(why), str(why), why.may_be_the_text) == (OutletTrouble, "it refused the message (429)", False)
        post.refusal = "413 Content Too Large"
        assert (await trouble(service(f"json://127.0.0.1:{port}"))).may_be_the_text
    box = MailServer(login="ada:dog")
    async with box.serve() as port:
        why = await trouble(mail(port, "ada:cat"))
        assert (type(why), str(why)) == (OutletTrouble, "it refused the message (535)")
        box.refusal = "554 no room"
        why = await trouble(mail(port))
        assert (str(why), why.may_be_the_text) == ("it refused the message (554)", True)


@pytest.mark.parametrize("receiver", [Webhook(hangs_up=True), MailServer(login="ada:dog", hangs_up=True)])
async def test_what_was_cut_off_may_have_arrived_whatever_the_message_says(receiver: Receiver) -> None:
    async with receiver.serve() as port:
        one = service(f"json://127.0.0.1:{port}") if isinstance(receiver, Webhook) else mail(port)
        why = await trouble(one)
        assert (type(why), str(why)) == (DeliveryUnknown, "it did not take the message")


@pytest.mark.guards("bot", "an outlet that never answers is given up, and not asked again before its end")
async def test_one_that_never_answers_is_given_up_and_gets_no_second_message_meanwhile() -> None:
    post = Webhook()
    post.answers.clear()
    async with post.serve() as port:
        one = service(f"json://127.0.0.1:{port}?rto=60", deadline=timedelta(seconds=0.3))
        why = await trouble(one)
        assert (type(why), str(why)) == (DeliveryUnknown, "it did not answer within 0 s")
        await post.until(lambda: post.arrived)
        why = await trouble(one)
        assert (type(why), str(why)) == (DeliveryUnknown, "it still has not answered the message before")
        assert len(post.arrived) == 1
        post.answers.set()

        async def is_taken() -> bool:
            try:
                await one.send(title="Another", body=BODY)
            except DeliveryUnknown:
                return False
            return True

        await eventually(is_taken)
        assert post.titles[-1] == "Another"
