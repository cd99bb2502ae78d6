"""Replacing UNSUBSCRIBE_KEY and INBOUND_KEY: while both keys are listed, nothing is lost."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from support.access import OPERATOR
from support.desk import INBOUND_KEY, KEY, Desk
from support.serving import serving

MAILS = Path(__file__).parents[3] / "unit" / "notifications" / "mails"
EXAMPLES_TOKEN = "5f1c09ab7be2d3440f6a1c8d9e2b7f30"
EMAIL = "ada@uni.example"
NEW = SecretStr("the-next-key-of-the-tests")
BOTH = SecretStr(f"{NEW.get_secret_value()}, {KEY.get_secret_value()}")


async def suppress(desk: Desk) -> str:
    """Hand over a hard bounce to Ada. Returns the token of the mail that bounced."""
    token = await desk.sent()
    async with serving(desk.app) as api:
        await bounce(api, token)
    return token


async def bounce(api: httpx.AsyncClient, token: str, name: str = "postfix_unknown_user") -> bool:
    headers = {"authorization": f"Bearer {INBOUND_KEY}"}
    mail = (MAILS / f"{name}.eml").read_bytes().replace(EXAMPLES_TOKEN.encode(), token.encode())
    answer = await api.post("/inbound", content=mail, headers=headers)
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["applied"])


async def stored(desk: Desk) -> list[str]:
    return [document["_id"] async for document in desk.database.db["suppressions"].find()]


async def test_a_suppression_holds_under_a_new_key_and_moves_when_it_is_looked_up(environment: dict[str, str]) -> None:
    async with Desk() as desk:
        await desk.attendee()
        await suppress(desk)
        assert await stored(desk) == [desk.suppressions.id(EMAIL)]
    async with Desk(keys=BOTH) as desk, serving(desk.app) as api:
        assert await desk.suppressions.suppressed([EMAIL, "bob@uni.example"]) == {EMAIL: "hard_bounce"}
        found = (await api.post("/suppressions/find", json={"email": EMAIL}, headers=OPERATOR)).json()
        assert (found["suppressed"], found["reason"]) == (True, "hard_bounce")
        assert await stored(desk) == [desk.suppressions.id(EMAIL)], "it is stored under the new key only"
    async with Desk(keys=NEW) as desk:
        assert await desk.suppressions.suppressed([EMAIL]) == {EMAIL: "hard_bounce"}, "the old key may go"


async def test_a_suppression_under_an_old_key_is_lifted_wholly(environment: dict[str, str]) -> None:
    async with Desk() as desk:
        await desk.attendee()
        await suppress(desk)
    async with Desk(keys=BOTH) as desk, serving(desk.app) as api:
        assert (await api.post("/suppressions/lift", json={"email": EMAIL}, headers=OPERATOR)).json() == {"lifted": True}
        assert await stored(desk) == []
        assert (await api.post("/suppressions/lift", json={"email": EMAIL}, headers=OPERATOR)).json() == {"lifted": False}


async def test_a_mail_of_the_old_key_that_bounces_suppresses_under_the_new_one(environment: dict[str, str]) -> None:
    async with Desk() as desk:
        await desk.attendee()
        token = await desk.sent()
    async with Desk(keys=BOTH) as desk, serving(desk.app) as api:
        assert await bounce(api, token), "the address that the bounce names is that of the mail, under whichever key"
        assert await stored(desk) == [desk.suppressions.id(EMAIL)]
    async with Desk(keys=NEW) as desk:
        assert await desk.suppressions.suppressed([EMAIL]) == {EMAIL: "hard_bounce"}


async def test_soft_bounces_are_counted_on_across_a_change_of_keys(environment: dict[str, str]) -> None:
    async with Desk(soft_bounces=3) as desk, serving(desk.app) as api:
        await desk.attendee()
        for _ in range(2):
            assert await bounce(api, await desk.sent(), "outlook_mailbox_full")
    async with Desk(soft_bounces=3, keys=BOTH) as desk, serving(desk.app) as api:
        assert await desk.suppressions.suppressed([EMAIL]) == {}
        assert await bounce(api, await desk.sent(), "outlook_mailbox_full")
        assert await desk.suppressions.suppressed([EMAIL]) == {EMAIL: "soft_bounces"}
        assert await stored(desk) == [desk.suppressions.id(EMAIL)]


async def test_a_key_that_is_listed_twice_does_no_harm(environment: dict[str, str]) -> None:
    twice = SecretStr(f"{KEY.get_secret_value()},{KEY.get_secret_value()}")
    async with Desk(keys=twice) as desk:
        await desk.attendee()
        await suppress(desk)
        await desk.database.transact(lambda tx: desk.suppressions.renew([EMAIL], tx))
        assert await desk.suppressions.suppressed([EMAIL]) == {EMAIL: "hard_bounce"}


async def test_a_suppression_under_both_keys_becomes_one(environment: dict[str, str]) -> None:
    async with Desk() as desk:
        await desk.attendee()
        await suppress(desk)
    async with Desk(keys=NEW) as desk:  # somebody removed the old key too early, and put it back
        await suppress(desk)
    async with Desk(keys=BOTH) as desk:
        assert len(await stored(desk)) == 2
        await desk.database.transact(lambda tx: desk.suppressions.renew([EMAIL], tx))
        assert await stored(desk) == [desk.suppressions.id(EMAIL)]
        assert await desk.suppressions.suppressed([EMAIL]) == {EMAIL: "hard_bounce"}


@pytest.mark.parametrize("given", [INBOUND_KEY, "the-next-key-of-the-mail-server"])
async def test_each_inbound_key_of_the_list_is_accepted(environment: dict[str, str], given: str) -> None:
    async with Desk(inbound_key=f"the-next-key-of-the-mail-server, {INBOUND_KEY}") as desk, serving(desk.app) as api:
        mail = b"From: a@b.example\r\n\r\n"
        accepted = await api.post("/inbound", content=mail, headers={"authorization": f"Bearer {given}"})
        assert accepted.status_code == 200
        for wrong in (f"the-next-key-of-the-mail-server, {INBOUND_KEY}", f"{given},", f" {given[:-1]}", ","):
            refused = await api.post("/inbound", content=mail, headers={"authorization": f"Bearer {wrong}"})
            assert refused.status_code == 401, wrong
