"""What the version before the engine wrote, read by this one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from matching.catalogue.repository import Catalogue
from matching.model.candidates import Attended, Interest
from matching.model.openings import Ask
from matching.recommendations.repository import Candidates
from matching.repository.upgrade import upgrade
from matching.settings import Settings
from shared.database.mongo import Database, Tx
from support.worlds import PlainTerms

REASON = {"kind": "skill", "term": "Python", "contribution": 0.5, "session_id": "s1", "session_title": "Snakes", "declared": True}
MATCH = {"listing_id": "l1", "title": "Maps", "organization": "Observatory", "url": None, "score": 0.5, "reasons": [REASON]}
SEEN = {"conference_id": "c1", "session_id": "s1", "title": "Snakes"}
CANDIDATE: dict[str, Any] = {
    "_id": "a1",
    "shard": 3,
    "version": 7,
    "terms": ["python", ""],
    "interests": [
        {"kind": "skill", "term": "Python", "declared": True, "evidence": [SEEN]},
        {"kind": "skill", "term": "", "declared": True, "evidence": []},
    ],
    "met": ["p1"],
    "conference_ids": ["c1"],
    "matches": [MATCH],
    "matches_version": 4,
}
OPENING: dict[str, Any] = {
    "_id": "l1",
    "revision": 5,
    "version": 2,
    "open": True,
    "title": "Maps",
    "organization": "Observatory",
    "url": None,
    "skills": ["Python", ""],
    "topics": ["Astronomy"],
    "mentor_ids": ["p1"],
    "conference_ids": ["c1"],
    "deadline": None,
}


@pytest.fixture
async def database(environment: dict[str, str]) -> Database:
    database = Database("matching", Settings())
    await database.db["candidates"].insert_one(dict(CANDIDATE))
    await database.db["openings"].insert_one(dict(OPENING))
    await database.db["revisions"].insert_one({"_id": "openings", "revision": 5})
    return database


async def test_old_documents_are_read(database: Database) -> None:
    for _ in range(2):  # the second time there is nothing to do
        await upgrade(database.db, PlainTerms())

    async def work(tx: Tx) -> None:
        (candidate,) = (await Candidates(database.db).some(["a1"], tx)).values()
        terms = PlainTerms()
        heard = Interest(declared=True, sessions={Attended("c1", "s1"): "Snakes"})
        assert candidate.interests == {terms.normalise("Python"): heard}
        assert (candidate.shard, candidate.version, candidate.matches_version) == (3, 7, 4)
        assert [(match.listing_id, match.reasons[0].term) for match in candidate.matches] == [("l1", "Python")]
        catalogue = Catalogue(database.db)
        assert await catalogue.revision(tx) == 5
        (opening,) = (await catalogue.news(0, tx)).openings
        asks = {terms.normalise("Python"): Ask("skill", "Python"), terms.normalise("Astronomy"): Ask("topic", "Astronomy")}
        assert (opening.id, opening.open, opening.seats, opening.asks) == ("l1", True, 1, asks)

    await database.transact(work)


class ReadBefore:
    """The database as an instance sees it that read the old candidates before another one upgraded them, and went on."""

    def __init__(self, database: Database) -> None:
        self._db = database.db
        self._candidates = database.db["candidates"]

    def __getitem__(self, name: str) -> Any:
        return self if name == "candidates" else self._db[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._candidates, name)

    async def find(self, query: Any) -> AsyncIterator[Any]:
        documents = await self._candidates.find(query).to_list(None)
        await upgrade(self._db, PlainTerms())
        await self._candidates.update_one({"_id": "a1"}, {"$set": {"version": 8}})
        await self._db["revisions"].update_one({"_id": "catalogue"}, {"$set": {"revision": 9}})
        await self._db["revisions"].insert_one({"_id": "openings", "revision": 5})  # not gone yet, for who looks now
        for document in documents:
            yield document


async def test_what_another_instance_wrote_meanwhile_stays(database: Database) -> None:
    await upgrade(ReadBefore(database), PlainTerms())  # type: ignore[arg-type]
    candidate = await database.db["candidates"].find_one({"_id": "a1"})
    catalogue = await database.db["revisions"].find_one({"_id": "catalogue"})
    assert candidate
    assert catalogue
    assert (candidate["version"], catalogue["revision"]) == (8, 9)
