"""What is open and what sessions are about: little, and held in memory by every instance.

The catalogue has a revision, counted up by each transaction that changes any of it, and each document bears the revision of its
last change: so an instance reads just what is new.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from matching.model.census import Census
from matching.model.conferences import Conference, Session
from matching.model.openings import Ask, Conditions, Opening
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.urls import kept_address

_ID = "catalogue"
_BATCH = 50

# A document holds at most 16 MB, and a census whatever people have written into their profiles.
_HELD_BYTES = 8_000_000
_SHOWN_BYTES = 4_000_000
_PAIR_BYTES = 40
"""What a pair of a name and a count takes beside the name, at most."""


@dataclass(slots=True)
class News:
    """What changed of the catalogue since a revision. ``openings`` may be closed ones."""

    openings: list[Opening] = field(default_factory=list)
    conferences: list[Conference] = field(default_factory=list)
    censuses: dict[int, Census] = field(default_factory=dict)
    """By the shard of candidates that was counted."""


class Catalogue:
    """Openings, conferences, and the census of each shard of candidates."""

    def __init__(self, db: MongoDatabase) -> None:
        self._revisions = db["revisions"]
        self._openings = db["openings"]
        self._conferences = db["conferences"]
        self._censuses = db["censuses"]

    async def ensure_indexes(self) -> None:
        await self._openings.create_index("revision")

    async def revision(self, tx: Tx) -> int:
        """The catalogue's, as of this transaction; 0 while it is empty."""
        counter = await self._revisions.find_one({"_id": _ID}, session=tx.session)
        return counter["revision"] if counter else 0

    async def news(self, since: int, tx: Tx) -> News:
        """What changed after this revision."""
        newer = {"revision": {"$gt": since}}
        return News(
            [_opening(document) async for document in self._openings.find(newer, session=tx.session)],
            [_conference(document) async for document in self._conferences.find(newer, session=tx.session)],
            {document["_id"]: _census(document) async for document in self._censuses.find(newer, session=tx.session)},
        )

    async def all_openings(self) -> AsyncIterator[Opening]:
        """Each as it is when its batch is read, closed ones too."""
        async for document in self._openings.find(batch_size=_BATCH):
            yield _opening(document)

    async def all_conferences(self) -> AsyncIterator[Conference]:
        """Each as it is when its batch is read."""
        async for document in self._conferences.find(batch_size=1):  # some have a thousand sessions
            yield _conference(document)

    async def openings(self, ids: Collection[str], tx: Tx) -> dict[str, Opening]:
        """Those of the openings that are known, closed ones too."""
        found = self._openings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _opening(document) async for document in found}

    async def conferences(self, ids: Collection[str], tx: Tx) -> dict[str, Conference]:
        """Those of the conferences that are known."""
        found = self._conferences.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _conference(document) async for document in found}

    async def save(self, openings: Iterable[Opening], conferences: Iterable[Conference], known: Collection[str], tx: Tx) -> None:
        """Keep these as they are now; ``known`` are the ids of those that are not new."""
        revision = await self._count_up(tx)
        for collection, documents in (
            (self._openings, [_opening_document(opening, revision) for opening in openings]),
            (self._conferences, [_conference_document(conference, revision) for conference in conferences]),
        ):
            new = [document for document in documents if document["_id"] not in known]
            await save(collection, new, [document for document in documents if document["_id"] in known], tx)

    async def save_census(self, shard: int, census: Census, tx: Tx) -> None:
        """Keep the shard's census. Where it is larger than a document may be, what is rarest is left out: as if nobody had it."""
        document = {
            "revision": await self._count_up(tx),
            "candidates": census.candidates,
            # Pairs: a key of a document must not hold a dot, and a term may.
            "held": _commonest(census.held, _HELD_BYTES),
            "shown": _commonest(census.shown, _SHOWN_BYTES),
        }
        await self._censuses.replace_one({"_id": shard}, document, upsert=True, session=tx.session)

    async def _count_up(self, tx: Tx) -> int:
        counter = await self._revisions.find_one_and_update(
            {"_id": _ID}, {"$inc": {"revision": 1}}, upsert=True, return_document=True, session=tx.session
        )
        return int(counter["revision"])

    async def count_open(self) -> int:
        return await self._openings.count_documents({"open": True})


def _opening_document(opening: Opening, revision: int) -> Document:
    return {
        "_id": opening.id,
        "revision": revision,
        "version": opening.version,
        "open": opening.open,
        "title": opening.title,
        "organization": opening.organization,
        "organization_id": opening.organization_id,
        "url": opening.url,
        "asks": [{"key": key, **ask._asdict()} for key, ask in opening.asks.items()],
        "mentor_ids": opening.mentor_ids,
        "conference_ids": opening.conference_ids,
        "disciplines": opening.disciplines,
        "crossing": opening.crossing,
        "conditions": asdict(opening.conditions)
        | {"starts": _text(opening.conditions.starts), "ends": _text(opening.conditions.ends)},
        "seats": opening.seats,
        "approved": opening.approved,
        "deadline": opening.deadline,
    }


def _opening(document: Document) -> Opening:
    del document["revision"]
    conditions = document.pop("conditions")
    document["url"] = kept_address(document["url"])
    return Opening(
        id=document.pop("_id"),
        asks={ask.pop("key"): Ask(**ask) for ask in document.pop("asks")},
        conditions=Conditions(**conditions | {"starts": _date(conditions["starts"]), "ends": _date(conditions["ends"])}),
        **document,
    )


def _conference_document(conference: Conference, revision: int) -> Document:
    return {
        "_id": conference.id,
        "revision": revision,
        "version": conference.version,
        "name": conference.name,
        "sessions": [asdict(session) for session in conference.sessions],
    }


def _conference(document: Document) -> Conference:
    sessions = [Session(**session) for session in document["sessions"]]
    return Conference(document["_id"], document["version"], document["name"], sessions)


def _commonest(counts: Mapping[str, int], room: int) -> list[tuple[str, int]]:
    """The names with the highest counts, as many as there is room for, in bytes."""
    kept = []
    for name, count in Counter(counts).most_common():
        room -= len(name.encode()) + _PAIR_BYTES
        if room < 0:
            break
        kept.append((name, count))
    return kept


def _census(document: Document) -> Census:
    return Census(document["candidates"], dict(document["held"]), dict(document["shown"]))


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
