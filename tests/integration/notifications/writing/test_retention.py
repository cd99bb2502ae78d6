"""What is long over is forgotten, and nothing is told again for that: on a real database, without Kafka."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

import pytest

from notifications.mail_kinds import KINDS
from notifications.work_batches import TOGETHER
from shared.contract.topics import (
    NOMINATIONS,
)
from support.archive import (
    DAY,
    HOUR,
    KEEP_RECORDS,
    SWEPT,
    Archive,
    contact,
    history,
    listing,
    nomination,
    placement,
    recommended,
    staff,
    withdrawn,
)

LONG: Final = KEEP_RECORDS + 2 * DAY


@pytest.fixture
async def archive(environment: dict[str, str]) -> AsyncIterator[Archive]:
    async with Archive() as archive:
        await archive.scheduled_mails.ensure_indexes()
        await archive.projections.ensure_indexes()
        yield archive


async def test_what_ended_long_ago_is_deleted_and_events_read_again_cause_no_mail(archive: Archive) -> None:
    now = datetime.now(UTC)
    for told in history(now):
        await archive.tell(*told)
    # Those that may be told, wait for Monday, or are caused by no event.
    not_here = {"application_rejected", "erased", "host_summary", "sign_in", "passkey_added", "passkey_removed"}
    assert set(await archive.kinds()) - {"host_summary"} == KINDS.keys() - not_here
    assert set(await archive.kept()) == set(SWEPT)
    await archive.pass_(LONG)
    await archive.tell(*recommended())  # the summary's Monday has come, and gone
    await archive.sweeper.sweep()
    assert await archive.kept() == {"scheduled_mails": 1}, "what ended just now"
    whole = list(history(now))
    newest = {told[0].name + told[1]: told for told in whole}.values()
    for told in (*newest, *whole):  # first as compacted, then as if not
        await archive.tell(*told[:3], told[3] + LONG)
    await archive.tell(*recommended(version=2))  # of the listing that was told
    assert not await archive.kinds()


async def test_records_are_kept_as_long_as_was_said(archive: Archive) -> None:
    await archive.tell(*contact())
    token = (await archive.database.db["messages"].find_one({}) or {})["token"]
    queued = await archive.write(recipient="ada")
    await archive.pass_(KEEP_RECORDS - HOUR)
    await archive.sweeper.sweep()
    assert set(await archive.kept()) == {"messages"}, "what they said, and what was scheduled, is not"
    report = await archive.database.transact(lambda tx: archive.messages.find_returned(token, tx))
    assert report, "a bounce finds its message"
    await archive.pass_(2 * HOUR)
    await archive.sweeper.sweep()
    assert [message["token"] async for message in archive.database.db["messages"].find()] == [queued], "its end is open"


async def test_a_message_that_is_worth_sending_is_remembered(archive: Archive) -> None:
    await archive.sent()
    await archive.pass_(LONG)
    await archive.database.db["messages"].update_many({}, {"$set": {"not_after": datetime.now(UTC) + HOUR}})
    await archive.sweeper.sweep()
    assert await archive.kept() == {"messages": 1}


async def test_much_is_forgotten_a_little_at_a_time(archive: Archive) -> None:
    await archive.sent()
    one = await archive.database.db["messages"].find_one({}) or {}
    copies = [one | {"_id": f"m{number}", "token": f"t{number}"} for number in range(2 * TOGETHER)]
    await archive.database.db["messages"].insert_many(copies)
    await archive.pass_(LONG)
    before = datetime.now(UTC) - KEEP_RECORDS
    more = [await archive.database.transact(partial(archive.messages.sweep, before)) for _ in range(3)]
    assert more == [True, True, False]
    assert "messages" not in await archive.kept()


async def test_a_listing_is_known_as_long_as_a_placement_there_goes_on(archive: Archive) -> None:
    now = datetime.now(UTC)
    last = 500 * DAY
    for told in (contact(), staff(), listing(now), placement(1, "confirmed", now, last), withdrawn()):
        await archive.tell(*told)
    await archive.pass_(LONG)
    await archive.sweeper.sweep()
    assert await archive.kept() == {"progress": 1, "listings": 1}
    await archive.tell(*placement(2, "completed", now, last))
    assert await archive.kinds() == {"placement_completed": 1, "placement_completed_host": 1}


@pytest.mark.parametrize("state", ["confirmed", "started"])
async def test_a_placement_that_goes_on_is_not_told_again_when_its_mentors_change(archive: Archive, state: str) -> None:
    now = datetime.now(UTC)
    last = 500 * DAY
    for told in (contact(), staff(), listing(now), placement(1, state, now, last, ("tycho",))):
        await archive.tell(*told)
    await archive.pass_(LONG)
    await archive.sweeper.sweep()
    await archive.tell(*placement(2, state, now, last, ("grace",)))
    assert await archive.kinds() == {"mentor_introduction": 1, "mentee_introduction": 1}


async def test_an_agreed_nomination_is_not_told_again_when_its_mentor_leaves_long_afterwards(archive: Archive) -> None:
    now = datetime.now(UTC)
    for told in (contact(), staff(), listing(now), nomination(2, "agreed")):
        await archive.tell(*told)
    assert set(await archive.kinds()) >= {"nomination_agreed", "nomination_answered"}
    await archive.pass_(LONG)
    await archive.sweeper.sweep()
    assert await archive.kept() == {"progress": 1, "listings": 1}
    await archive.tell(*nomination(3, "agreed", mentor_person_id=None))
    assert not await archive.kinds()
    await archive.tell(NOMINATIONS, "n1", None)
    assert "progress" not in await archive.kept()
