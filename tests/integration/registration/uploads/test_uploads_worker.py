"""What instances do with uploaded files in the background: go on after a kill, give up, wait, and bound what they keep."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo.errors import InvalidOperation

from registration.attendance.use_cases.intake import Intake
from registration.conferences.repository import Conferences
from registration.settings import Settings
from registration.uploads.domain.upload import CHUNK_BYTES
from registration.uploads.repository import Uploads
from registration.uploads.use_cases.row_publisher import RowPublisher
from registration.uploads.use_cases.upload_receiver import KEPT_UPLOADS, MAX_CONCURRENT, MAX_UNFINISHED, UploadReceiver
from registration.uploads.worker import MAX_OUTBOX
from shared.database.mongo import Database
from shared.refusals import Busy, TooLarge, TooMany
from support.loop import watching_the_loop
from support.patience import PATIENCE
from support.uploads import HEADER, ROWS, Killed, Mortal, Outbox, end_leases, kept, pieces, uploaded


@pytest.mark.parametrize("batches", [1, 13, 24])
async def test_another_instance_goes_on_where_one_was_killed(database: Database, conference: None, batches: int) -> None:
    """Nothing lost and nothing twice: the statements in the outbox are those of the rows, each once."""
    uploads = Uploads(database.db)
    received = await UploadReceiver(uploads, Conferences(database.db), database).receive("c1", pieces(ROWS), None, False)
    assert received.bytes > CHUNK_BYTES
    outbox = Outbox(database)
    with pytest.raises(Killed):
        async with outbox.drained():
            await uploaded(database, Mortal(batches, uploads, Intake(), database)).publish_all()
    halfway = await uploads.get(received.id)
    assert halfway is not None
    assert (halfway.state, halfway.rows > 0) == ("running", True)
    await uploaded(database).publish_all()  # the lease has not ended: not this one's
    assert (await uploads.get(received.id)) == halfway
    await end_leases(database)
    async with outbox.drained():
        await uploaded(database).publish_all()
    done = await uploads.get(received.id)
    assert done is not None
    assert (done.state, done.rows, done.accepted) == ("done", ROWS, ROWS)
    assert await kept(database) == 0
    assert outbox.names == Counter(f"Attendee {number}" for number in range(ROWS))
    assert len(outbox.ids) == ROWS


async def test_what_a_killed_instance_was_receiving_is_deleted_by_another(database: Database, conference: None) -> None:
    received = asyncio.Event()

    async def until_killed() -> AsyncIterator[bytes]:
        async for piece in pieces(ROWS):
            yield piece
        received.set()
        await asyncio.sleep(3600)

    uploads = Uploads(database.db)
    # A process that is killed writes nothing more: here its connection is closed before it is.
    other = Database("registration", Settings())
    receiving = asyncio.create_task(
        UploadReceiver(Uploads(other.db), Conferences(other.db), other).receive("c1", until_killed(), None, False)
    )
    await received.wait()
    other.close()
    receiving.cancel()
    with pytest.raises((asyncio.CancelledError, InvalidOperation)):
        await receiving
    (upload,) = await uploads.of_conference("c1", 10)
    await uploaded(database).publish_all()
    assert await uploads.get(upload.id) == upload
    assert await kept(database) == 1
    await end_leases(database)
    await uploaded(database).publish_all()
    after = await uploads.get(upload.id)
    assert after is not None
    assert (after.state, after.reason) == ("interrupted", "the instance that received it ended; send it again")
    assert await kept(database) == 0


async def test_an_upload_that_always_fails_is_given_up_and_nothing_of_it_stays(database: Database, conference: None) -> None:
    class Broken(RowPublisher):
        async def publish(self, *_: Any) -> Any:
            raise ZeroDivisionError("secret@example.org")

    uploads = Uploads(database.db)
    upload = await UploadReceiver(uploads, Conferences(database.db), database).receive("c1", pieces(5), None, False)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await uploaded(database, Broken(uploads, Intake(), database)).publish_all()
        await end_leases(database)
    await uploaded(database, Broken(uploads, Intake(), database)).publish_all()
    after = await uploads.get(upload.id)
    assert after is not None
    assert (after.state, after.reason) == ("failed", "ZeroDivisionError; see the log")
    assert await kept(database) == 0


async def test_stating_waits_while_the_outbox_holds_much(database: Database, conference: None) -> None:
    uploads = Uploads(database.db)
    upload = await UploadReceiver(uploads, Conferences(database.db), database).receive("c1", pieces(ROWS), None, False)
    working = asyncio.create_task(uploaded(database).publish_all())
    async with asyncio.timeout(PATIENCE):
        while not await database.outbox_holds(MAX_OUTBOX):
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    assert await database.outbox.count_documents({}) == MAX_OUTBOX
    outbox = Outbox(database)
    async with outbox.drained():
        await working
    assert sum(outbox.names.values()) == ROWS
    assert (await uploads.get(upload.id) or upload).state == "done"


async def test_an_instance_receives_only_some_files_at_once(database: Database, conference: None) -> None:
    upload_receiver = UploadReceiver(Uploads(database.db), Conferences(database.db), database)
    begun, all_begun, end = 0, asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        if begun == MAX_CONCURRENT:
            all_begun.set()
        yield HEADER.encode()
        await end.wait()

    tasks = [asyncio.create_task(upload_receiver.receive("c1", slow(), None, True)) for _ in range(MAX_CONCURRENT)]
    await asyncio.wait_for(all_begun.wait(), PATIENCE)
    with pytest.raises(Busy) as refused:
        await upload_receiver.receive("c1", pieces(1), None, True)
    assert refused.value.retry_after == 10
    end.set()
    await asyncio.gather(*tasks)
    assert (await upload_receiver.receive("c1", pieces(1), None, True)).state == "running"


async def test_a_file_is_refused_once_it_is_larger_than_may_be_kept(database: Database, conference: None) -> None:
    uploads = Uploads(database.db)
    upload_receiver = UploadReceiver(uploads, Conferences(database.db), database, max_bytes=3 * CHUNK_BYTES)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield HEADER.encode()
        while True:
            sent += CHUNK_BYTES // 4
            yield b"x" * (CHUNK_BYTES // 4)

    with pytest.raises(TooLarge, match="larger than 1,572,864 bytes; send it in several"):
        await upload_receiver.receive("c1", endless(), None, False)
    assert (sent < 4 * CHUNK_BYTES, await kept(database)) == (True, 0)
    (ended,) = await uploads.of_conference("c1", 10)
    assert (ended.state, "larger than" in ended.reason) == ("interrupted", True)

    with pytest.raises(TooLarge, match="send it in several"):
        await upload_receiver.receive("c1", endless(), None, False, size=3 * CHUNK_BYTES + 1)  # before anything is read
    assert len(await uploads.of_conference("c1", 10)) == 1

    # What waits to be stated counts too.
    await upload_receiver.receive("c1", pieces(ROWS), None, True)
    with pytest.raises(TooLarge, match="wait until others are done") as refused:
        await upload_receiver.receive("c1", pieces(ROWS), None, True)
    assert refused.value.retry_after == 60
    assert [one.state for one in await uploads.of_conference("c1", 10)] == ["interrupted", "running", "interrupted"]
    await uploaded(database).publish_all()
    assert (await upload_receiver.receive("c1", pieces(ROWS), None, True)).state == "running"


async def test_only_so_many_files_wait_and_so_many_reports_are_kept(database: Database, conference: None) -> None:
    uploads = Uploads(database.db)
    upload_receiver = UploadReceiver(uploads, Conferences(database.db), database)
    for _ in range(MAX_UNFINISHED):
        await upload_receiver.receive("c1", pieces(1), None, True)
    with pytest.raises(TooMany) as refused:
        await upload_receiver.receive("c1", pieces(1), None, True)
    assert refused.value.retry_after == 60
    await uploaded(database).publish_all()
    for _ in range(2):
        await upload_receiver.receive("c1", pieces(1), None, True)
        await uploaded(database).publish_all()
    await upload_receiver.receive("c1", pieces(1), None, True)
    assert [one.state for one in await uploads.of_conference("c1", 1000)] == ["running"] + ["done"] * KEPT_UPLOADS


async def test_a_large_file_of_nothing_does_not_hold_up_the_service(database: Database, conference: None) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        yield HEADER.encode()
        for unit in (b"\n", b"x\n", b'"\n', b",,,,\n"):
            yield unit * (CHUNK_BYTES // len(unit))

    async with watching_the_loop() as held:
        upload = await UploadReceiver(Uploads(database.db), Conferences(database.db), database).receive(
            "c1", nothing(), None, True
        )
        running = asyncio.create_task(uploaded(database).publish_all())
        await asyncio.wait([running], timeout=20)
        async with asyncio.timeout(PATIENCE):
            while not running.done() and not (await Uploads(database.db).get(upload.id) or upload).rows:
                await asyncio.sleep(1)  # on a busy machine
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert held.longest < 0.5
    assert (await Uploads(database.db).get(upload.id) or upload).rows > 0
