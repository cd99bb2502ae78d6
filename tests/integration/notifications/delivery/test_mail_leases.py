"""Mails in hand across crashes, stops and releases: each is sent, and none twice, by whoever holds its lease."""

import asyncio
import os
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from random import Random
from socket import gethostname

from notifications.contacts.domain import Contact
from notifications.delivery.domain.pacing import Slots
from notifications.delivery.worker.claims import CLAIMED_TOGETHER, Claims
from notifications.messages.repository.messages import Messages
from support.mail_server import MailServer
from support.mailing import MailDesk
from support.patience import PATIENCE, until


async def test_a_mail_claimed_during_a_release_is_sent(desk: MailDesk) -> None:
    """One sender claims, and another of its lane finds the breaker open meanwhile."""
    await desk.queue(["ada@example.org"])
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(ids: Collection[str]) -> dict[str, Contact]:
        asked.set()
        await go_on.wait()
        return await desk.contacts.recipients(ids)

    suppressions, lease, queued = desk.suppressions, timedelta(minutes=1), asyncio.Event()
    messages, slots, random = Messages(desk.database.db), Slots(0), Random(1)
    claims = Claims(
        "bulk", messages, desk.database, slowly, suppressions.suppressed, suppressions.id, lease, slots, queued, random
    )
    taking = asyncio.create_task(claims.take())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    await claims.release()
    go_on.set()
    taken = await taking
    assert taken
    assert taken.mailbox
    assert taken.mailbox.email == "ada@example.org"


async def test_what_was_claimed_or_cut_off_by_a_crash_ends_by_its_lease(desk: MailDesk, mails: MailServer) -> None:
    emails = [f"{name}@example.org" for name in ("claimed", "digest", "offer", "twice")]
    kinds = ["matches", "matches", "offer", "offer"]
    ids = [(await desk.queue([email], kind=kind))[0] for email, kind in zip(emails, kinds, strict=True)]
    past = {"claim": "dead", "due_at": (await desk.document(ids[0]))["created_at"]}
    messages = desk.database.db["messages"]
    await messages.update_one({"_id": ids[0]}, {"$set": {"state": "claimed", **past}})
    await messages.update_many({"_id": {"$in": ids[1:]}}, {"$set": {"state": "sending", **past}})
    await messages.update_one({"_id": ids[3]}, {"$set": {"resent": True}})
    async with desk.sending():
        await desk.until(claimed="sent", digest="unknown", offer="sent", twice="unknown")
    assert sorted(recipient for recipient, _ in mails.taken) == ["claimed@example.org", "offer@example.org"]
    assert (await desk.document(ids[2]))["resent"]
    assert sorted(told["state"] for told in await desk.told()) == ["sent", "sent", "unknown", "unknown"]


async def test_what_an_instance_that_is_gone_had_claimed_does_not_wait_for_its_lease(desk: MailDesk, mails: MailServer) -> None:
    """What it had begun to hand over does: it may only have stood still, with the mail on its way."""
    [claimed] = await desk.queue(["claimed@example.org"], kind="offer")
    [begun] = await desk.queue(["begun@example.org"], kind="offer")
    messages, later = desk.database.db["messages"], datetime.now(UTC) + timedelta(minutes=2)
    for id, state in ((claimed, "claimed"), (begun, "sending")):
        await messages.update_one({"_id": id}, {"$set": {"state": state, "claim": "gone/1", "due_at": later}})
    await desk.database.db["instances"].insert_one(
        {"_id": "gone", "host": gethostname(), "pid": os.getpid(), "beat": 1, "sessions": []}
    )
    async with desk.sending():
        await desk.until(claimed="sent")
    assert (await desk.document(begun))["state"] == "sending"
    assert [recipient for recipient, _ in mails.taken] == ["claimed@example.org"]


async def test_a_claim_of_an_instance_that_only_stood_still_is_void(desk: MailDesk, mails: MailServer) -> None:
    mails.script["ada@example.org"] = ["rhang"]
    [id] = await desk.queue(["ada@example.org"])
    messages = Messages(desk.database.db)
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        await desk.database.transact(lambda tx: messages.requeue_claims_of(desk.database.instances.id, tx))
        mails.go_on.set()
        await desk.until(ada="sent")
    assert len(mails.to("ada@example.org")) == 1
    assert (await desk.document(id))["version"] == 1


async def test_a_mail_that_somebody_dead_has_locked_holds_up_no_other(desk: MailDesk, mails: MailServer) -> None:
    """What a killed instance had changed and not committed is locked until the database ends its transaction."""
    [locked, *_] = await desk.queue([f"p{number}@example{number % 9}.org" for number in range(2 * CLAIMED_TOGETHER)])
    messages = desk.database.db["messages"]
    async with await messages.database.client.start_session() as session:
        session.start_transaction()
        await messages.update_one({"_id": locked}, {"$set": {"claim": "dead"}}, session=session)
        async with desk.sending():
            await until(lambda: len(mails.taken) >= CLAIMED_TOGETHER)
            await session.abort_transaction()
            await desk.until_all("sent")
    assert len(mails.taken) == 2 * CLAIMED_TOGETHER


async def test_a_holder_that_was_only_slow_knows_better_than_its_lease(desk: MailDesk, mails: MailServer) -> None:
    """Told to be unknown, the mail is told to be sent, once its sender says so; versions rise."""
    mails.script["ada@example.org"] = ["dhang"]
    [id] = await desk.queue(["ada@example.org"])
    messages = desk.database.db["messages"]
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        await messages.update_one({"_id": id}, {"$set": {"due_at": (await desk.document(id))["created_at"]}})
        await desk.until(ada="unknown")
        mails.go_on.set()
        await desk.until(ada="sent")
    assert [(told["state"], told["version"]) for told in await desk.told()] == [("unknown", 1), ("sent", 2)]


async def test_a_stop_ends_the_mail_in_hand_and_leaves_the_rest_to_others(desk: MailDesk, mails: MailServer) -> None:
    emails = [f"p{number}@example.org" for number in range(30)]
    for email in emails:
        mails.script[email] = ["dhang"]
    await desk.queue(emails)
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        asyncio.get_running_loop().call_later(0.5, mails.go_on.set)
    states = list((await desk.states()).values())
    assert set(states) == {"sent", "queued"}
    assert len(mails.taken) == states.count("sent") <= 3
