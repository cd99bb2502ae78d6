"""A database that cannot keep the promises is refused at the start, and one that cannot write is not ready."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter, Depends

from local_stack.probes import NotAnsweringError, probe
from shared.database.mongo import Database, DatabaseUnfit, Tx
from shared.runtime.service import Service
from shared.settings import ServiceSettings
from shared.web.access.guard import Guard, public
from support.access import KEYS
from support.odd_database import OddDatabase
from support.patience import PATIENCE
from support.serving import serving

Document = dict[str, Any]
CONFLICT = 112


def without_cluster_time(_: Document, answer: Document) -> Document:
    return {name: value for name, value in answer.items() if name != "$clusterTime"}


def conflict_as(**said: Any) -> Callable[[Document, Document], Document]:
    """Conflicts are told without their label, and so."""

    def change(_: Document, answer: Document) -> Document:
        if answer.get("code") != CONFLICT:
            return answer
        return {name: value for name, value in answer.items() if name != "errorLabels"} | said

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without_cluster_time, r"returns no \$clusterTime"),
        (
            conflict_as(code=1, codeName="InternalError"),
            r"conflict of two transactions as OperationFailure\(code=1\), with neither",
        ),
    ],
)
async def test_a_database_that_cannot_keep_the_promises_is_refused_with_why(
    environment: dict[str, str], change: Callable[[Document, Document], Document], reason: str
) -> None:
    with OddDatabase(environment["MONGODB_URI"], change).listening() as url:
        database = Database("matching", ServiceSettings(mongodb_uri=url))
        with pytest.raises(DatabaseUnfit, match=reason):
            await database.wait_until_fit(20)
        assert await database.db["probes"].count_documents({}) == 0
        database.close()


async def test_a_database_that_tells_conflicts_by_label_or_by_code_is_fit(environment: dict[str, str]) -> None:
    for change in (lambda _, answer: answer, conflict_as()):
        with OddDatabase(environment["MONGODB_URI"], change).listening() as url:
            database = Database("matching", ServiceSettings(mongodb_uri=url))
            await asyncio.gather(*(database.wait_until_fit(20) for _ in range(3)))
            assert await database.db["probes"].count_documents({}) == 0
            database.close()


async def test_a_conflict_told_by_its_code_alone_is_tried_again(environment: dict[str, str]) -> None:
    with OddDatabase(environment["MONGODB_URI"], conflict_as()).listening() as url:
        database = Database("matching", ServiceSettings(mongodb_uri=url))
        await database.db["counts"].insert_one({"_id": 1, "count": 0})

        async def add(tx: Tx) -> None:
            count = await database.db["counts"].find_one({"_id": 1}, session=tx.session)
            await asyncio.sleep(0.01)
            await database.db["counts"].update_one(
                {"_id": 1}, {"$set": {"count": (count or {})["count"] + 1}}, session=tx.session
            )

        await asyncio.gather(*(database.transact(add) for _ in range(10)))
        assert (await database.db["counts"].find_one({}) or {})["count"] == 10
        database.close()


async def test_a_database_that_answers_and_cannot_write_is_not_ready_until_it_can(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_full = False

    def change(command: Document, answer: Document) -> Document:
        return full(command, answer) if is_full else answer

    with OddDatabase(environment["MONGODB_URI"], change).listening() as url:
        monkeypatch.setenv("MONGODB_URI", url)
        service, router = Service("matching", ServiceSettings()), APIRouter()

        @router.post("/things", dependencies=[Depends(public("only a test"))])
        async def add() -> None:
            await service.database.db["things"].insert_one({})

        async with serving(service.app(Guard(KEYS), router)) as api:

            async def faults() -> list[str]:
                return (await api.get("/health/ready")).json()["faults"]  # type: ignore[no-any-return]

            assert await faults() == []
            is_full = True
            async with asyncio.timeout(PATIENCE):
                while "the database cannot write: OperationFailure(code=1)" not in await faults():
                    await asyncio.sleep(0.1)
            assert (await api.get("/health/live")).status_code == 200
            answer = await api.post("/things")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
            is_full = False
            async with asyncio.timeout(PATIENCE):
                while await faults():
                    await asyncio.sleep(0.1)
            assert (await api.post("/things")).status_code == 200


def full(command: Document, answer: Document) -> Document:
    """What a server says whose disk is full."""
    failure = {"ok": 0.0, "code": 1, "errmsg": "No space left on device"}
    return failure if command.keys() & {"insert", "update", "delete", "findAndModify"} else answer


def test_the_local_stack_takes_a_database_that_cannot_write_for_one_that_does_not_answer(environment: dict[str, str]) -> None:
    probe(environment["MONGODB_URI"])
    with (
        OddDatabase(environment["MONGODB_URI"], full).listening() as url,
        pytest.raises(
            NotAnsweringError, match="it takes no writes, for example because its disk is full: No space left on device"
        ),
    ):
        probe(url)
