"""Mails about one thing to one person leave in the order of its changes: on a real database."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from notifications.messages.repository.order import ORDER_WAIT
from notifications.rules.domain.scheduled_mails import Audience, one_person
from shared.database.mongo import Document
from support.office import LISTING, Office, attendee, grace

ADA = one_person("ada")
ABOUT = "application/a1"
LEASE = timedelta(minutes=5)


async def change(office: Office, version: int, kind: str, audience: Audience = ADA, **values: Any) -> str:
    """A change of the application causes a mail, which is due. Returns the id of the scheduled mail."""
    values = {"about": ABOUT, "version": version, "cause": f"{ABOUT}@{version}"} | values
    return (await office.schedule(kind, audience, **values)).id


async def write(office: Office, id: str) -> list[str]:
    """Write this scheduled mail. Returns the kinds of all messages."""
    await office.database.transact(partial(office.message_writer.write_scheduled_mails, [id]))
    return sorted(message["kind"] for message in await office.all_messages())


async def know(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada"), grace())


async def test_a_mail_about_a_change_is_written_after_those_about_earlier_ones(office: Office) -> None:
    await know(office)
    first = await change(office, 1, "application_sent")
    second = await change(office, 2, "application_rejected")
    assert await write(office, second) == []
    assert await write(office, first) == ["application_sent"]
    await office.database.db["scheduled_mails"].update_one({"_id": second}, {"$set": {"due_at": office.now}})
    assert await write(office, second) == ["application_rejected", "application_sent"]


async def test_mails_about_several_changes_are_written_together_in_their_order(office: Office) -> None:
    await know(office)
    third, first, second = [
        await change(office, version, kind) for version, kind in ((3, "offer"), (1, "application_sent"), (2, "offer_rescinded"))
    ]
    await office.database.transact(partial(office.message_writer.write_scheduled_mails, [first, second, third]))
    assert sorted(message["kind"] for message in await office.all_messages()) == ["application_sent", "offer", "offer_rescinded"]
    assert await office.scheduled_mails.count_open() == 0


async def test_a_mail_waits_for_no_other_person_thing_or_lane_and_for_no_reminder_to_come(office: Office) -> None:
    await know(office)
    await change(office, 1, "application_received", one_person("grace"))
    await change(office, 1, "offer_reminder", due_at=office.now + timedelta(hours=1))
    await change(office, 1, "application_sent", about="application/a2", cause="application/a2@1")
    await change(office, 1, "round_opened")
    await change(office, 3, "offer")
    await change(office, 0, "application_closed")
    assert await write(office, await change(office, 2, "application_rejected")) == ["application_rejected"]


async def test_a_mail_waits_for_an_hour_at_most(office: Office) -> None:
    await know(office)
    await change(office, 1, "application_sent", due_at=office.now - ORDER_WAIT - timedelta(minutes=1))
    assert await write(office, await change(office, 2, "application_rejected")) == ["application_rejected"]


# Sending


async def written(office: Office, *kinds: str, about: str = ABOUT) -> None:
    """Mails to Ada about one thing are written, a second apart."""
    for version, kind in enumerate(kinds, 1):
        id = await change(office, version, kind, about=about, cause=f"{about}@{version}")
        await office.database.transact(partial(office.message_writer.write_scheduled_mails, [id]))
        at = office.now - timedelta(seconds=len(kinds) - version)
        await office.database.db["messages"].update_one(
            {"kind": kind, "about": about}, {"$set": {"created_at": at, "due_at": at}}
        )


async def claimed(office: Office, claim: str = "c/1") -> list[str]:
    """Claim what is due, the newest first. Returns the kinds."""
    ids = [message["_id"] for message in sorted(await office.all_messages(), key=_newest_first)]
    taken = await office.database.transact(partial(office.messages.claim, ids, claim, LEASE))
    return [message["kind"] for message in taken if message["claim"] == claim]


def _newest_first(message: Document) -> float:
    return -float(message["created_at"].timestamp())


async def state(office: Office, kind: str, state: str, **values: Any) -> None:
    await office.database.db["messages"].update_one({"kind": kind}, {"$set": {"state": state} | values})


async def due(office: Office) -> Collection[str]:
    return {id.split("|")[1] for id in await office.messages.due("transactional", datetime.now(UTC), 10)}


async def test_a_message_is_sent_after_earlier_ones_to_the_same_person_about_the_same_thing(office: Office) -> None:
    await know(office)
    await written(office, "application_sent", "interview_cancelled", "application_rejected")
    await written(office, "application_closed", about="application/a2")
    assert sorted(await claimed(office)) == ["application_closed", "application_sent"]
    assert await due(office) == set(), "looked at again a moment later"
    for earlier in ("claimed", "sending"):
        await state(office, "application_sent", earlier)
        assert await claimed(office, f"c/{earlier}") == []
    await state(office, "application_sent", "sent")
    assert await claimed(office, "c/2") == ["interview_cancelled"]
    await state(office, "interview_cancelled", "failed")
    assert await claimed(office, "c/3") == ["application_rejected"]


async def test_a_message_waits_until_one_that_the_server_deferred_is_tried_again_but_not_for_ever(office: Office) -> None:
    await know(office)
    await written(office, "application_sent", "application_rejected")
    again = office.now + timedelta(minutes=10)
    await state(office, "application_sent", "queued", due_at=again)
    messages = office.database.db["messages"]
    [rejected] = [one["_id"] for one in await office.all_messages() if one["kind"] == "application_rejected"]
    assert await office.database.transact(partial(office.messages.claim, [rejected], "c/1", LEASE)) == []
    waiting = await messages.find_one({"_id": rejected})
    assert waiting
    assert (waiting["state"], waiting["due_at"].replace(tzinfo=UTC)) == ("queued", again)
    await state(office, "application_sent", "queued", created_at=office.now - ORDER_WAIT - timedelta(minutes=1))
    [taken] = await office.database.transact(partial(office.messages.claim, [rejected], "c/2", LEASE))
    assert taken["_id"] == rejected
