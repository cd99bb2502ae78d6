"""Listings, conferences and candidate counts in MongoDB.

Each transaction that changes any of them increases the catalogue's revision, and each document has the revision of its last
change. So an instance reads only what has changed since it last read.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from matching.model.candidate_counts import CandidateCounts
from matching.model.conferences import Conference, Session
from matching.model.listings import INTERNSHIP, Conditions, Listing, RequestedTerm
from matching.model.words import Word
from shared.contract.events.listings import Pay
from shared.contract.events.registration import ConferenceBrand
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.urls import kept_address

_ID = "catalogue"
_BATCH = 50

# A document may have at most 16 MB, and profiles may contain any number of terms.
_HELD_BYTES = 8_000_000
_SHOWN_BYTES = 4_000_000
_PAIR_BYTES = 40
"""The most bytes that a pair of name and count takes, without the name."""


@dataclass(slots=True)
class CatalogueChanges:
    """What has changed in the catalogue since a revision. ``listings`` includes closed ones."""

    listings: list[Listing] = field(default_factory=list)
    conferences: list[Conference] = field(default_factory=list)
    counts_by_shard: dict[int, CandidateCounts] = field(default_factory=dict)
    """The counts, by shard."""


class CatalogueRepository:
    """Stores listings, conferences, and the counts of each shard of candidates."""

    def __init__(self, db: MongoDatabase) -> None:
        self._revisions = db["revisions"]
        self._listings = db["listings"]
        self._conferences = db["conferences"]
        self._candidate_counts = db["candidate_counts"]

    async def ensure_indexes(self) -> None:
        await self._listings.create_index("revision")
        await self._listings.create_index([("organization_id", 1), ("title", 1)])
        await self._listings.create_index([("kind", 1), ("_id", 1)])

    async def revision(self, tx: Tx) -> int:
        """The catalogue's revision as of this transaction; 0 while it is empty."""
        counter = await self._revisions.find_one({"_id": _ID}, session=tx.session)
        return counter["revision"] if counter else 0

    async def changes_since(self, since: int, tx: Tx) -> CatalogueChanges:
        """The changes after this revision."""
        newer = {"revision": {"$gt": since}}
        return CatalogueChanges(
            [_listing(document) async for document in self._listings.find(newer, session=tx.session)],
            [_conference(document) async for document in self._conferences.find(newer, session=tx.session)],
            {
                document["_id"]: _candidate_counts_of(document)
                async for document in self._candidate_counts.find(newer, session=tx.session)
            },
        )

    async def all_listings(self) -> AsyncIterator[Listing]:
        """All listings, including closed ones, read in batches as needed."""
        async for document in self._listings.find(batch_size=_BATCH):
            yield _listing(document)

    async def all_conferences(self) -> AsyncIterator[Conference]:
        """All conferences, read in batches as needed."""
        async for document in self._conferences.find(batch_size=1):  # some have a thousand sessions
            yield _conference(document)

    async def listings(self, ids: Collection[str], tx: Tx) -> dict[str, Listing]:
        """The known listings with these ids, including closed ones."""
        found = self._listings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _listing(document) async for document in found}

    async def listings_changed_since(self, revision: int) -> tuple[int, list[str]]:
        """The ids of the listings that have changed after this revision, and the last revision among them."""
        found = self._listings.find({"revision": {"$gt": revision}}, {"revision": 1})
        changed = {document["_id"]: document["revision"] async for document in found}
        return max(changed.values(), default=revision), sorted(changed)

    async def of_organization(self, organization_id: str, limit: int) -> list[Listing]:
        """An organization's listings, including closed ones, sorted by title."""
        found = self._listings.find({"organization_id": organization_id}, sort=[("title", 1), ("_id", 1)], limit=limit)
        return [_listing(document) async for document in found]

    async def organization_of(self, listing_id: str) -> str | None:
        """The id of the organization to which the listing belongs; None if either is unknown."""
        document = await self._listings.find_one({"_id": listing_id}, {"organization_id": 1})
        return document["organization_id"] or None if document else None

    async def organization_names(self, ids: Collection[str], tx: Tx) -> dict[str, str]:
        """The names of these organizations, each from one of its listings. Organizations without listings are omitted."""
        names = {}
        for id in ids:
            document = await self._listings.find_one({"organization_id": id}, {"organization": 1}, session=tx.session)
            if document and document["organization"]:
                names[id] = document["organization"]
        return names

    async def conference_names(self, ids: Collection[str], tx: Tx | None = None) -> dict[str, str]:
        """The names of these conferences, without unknown ones."""
        found = self._conferences.find({"_id": {"$in": list(ids)}}, {"name": 1}, session=tx.session if tx else None)
        return {document["_id"]: document["name"] async for document in found}

    async def conferences(self, ids: Collection[str], tx: Tx) -> dict[str, Conference]:
        """The known conferences with these ids."""
        found = self._conferences.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _conference(document) async for document in found}

    async def conference_head(self, id: str | None) -> Conference | None:
        """The conference without its sessions, of which there may be a thousand; None if it is unknown, or the id is None."""
        document = await self._conferences.find_one({"_id": id}, {"sessions": 0}) if id else None
        return _conference(document) if document else None

    async def next_conferences(self, ids: Collection[str] | None, after: str, limit: int) -> dict[str, str]:
        """The names of these conferences, or of all, sorted by id, beginning after the id ``after``."""
        wanted: Document = {"_id": {"$gt": after} | ({} if ids is None else {"$in": list(ids)})}
        found = self._conferences.find(wanted, {"name": 1}, sort=[("_id", 1)], limit=limit)
        return {document["_id"]: document["name"] async for document in found}

    async def programmes(self, limit: int) -> list[Listing]:
        """Open listings that are only for nominees, sorted by id."""
        found: list[Listing] = []
        for other in ("$lt", "$gt"):  # both ranges of the index: some servers read all listings for "$ne"
            which = {"kind": {other: INTERNSHIP}, "open": True}
            found += [_listing(document) async for document in self._listings.find(which, sort=[("_id", 1)], limit=limit)]
        return sorted(found, key=lambda one: one.id)[:limit]

    async def save(self, listings: Iterable[Listing], conferences: Iterable[Conference], known: Collection[str], tx: Tx) -> None:
        """Store these. ``known``: the ids of those already stored."""
        revision = await self._next_revision(tx)
        for collection, documents in (
            (self._listings, [_listing_document(listing, revision) for listing in listings]),
            (self._conferences, [_conference_document(conference, revision) for conference in conferences]),
        ):
            new = [document for document in documents if document["_id"] not in known]
            await save(collection, new, [document for document in documents if document["_id"] in known], tx)

    async def save_candidate_counts(self, shard: int, candidate_counts: CandidateCounts, tx: Tx) -> None:
        """Store the counts of a shard.

        If they exceed the maximum size of a document, the smallest counts are omitted, and read as 0.
        """
        document = {
            "revision": await self._next_revision(tx),
            "candidates": candidate_counts.candidates,
            # Pairs, because terms may contain dots, which keys of documents must not.
            "held": _largest(candidate_counts.held, _HELD_BYTES),
            "shown": _largest(candidate_counts.shown, _SHOWN_BYTES),
        }
        await self._candidate_counts.replace_one({"_id": shard}, document, upsert=True, session=tx.session)

    async def _next_revision(self, tx: Tx) -> int:
        counter = await self._revisions.find_one_and_update(
            {"_id": _ID}, {"$inc": {"revision": 1}}, upsert=True, return_document=True, session=tx.session
        )
        return int(counter["revision"])

    async def count_open(self) -> int:
        return await self._listings.count_documents({"open": True})


def _listing_document(listing: Listing, revision: int) -> Document:
    return {
        "_id": listing.id,
        "revision": revision,
        "version": listing.version,
        "open": listing.open,
        "title": listing.title,
        "organization": listing.organization,
        "organization_id": listing.organization_id,
        "url": listing.url,
        "words": [[stem, *word] for stem, word in listing.words.items()],
        "requested_terms": [{"key": key, **term._asdict()} for key, term in listing.requested_terms.items()],
        "mentor_ids": listing.mentor_ids,
        "conference_ids": listing.conference_ids,
        "disciplines": listing.disciplines,
        "crossing": listing.crossing,
        "conditions": asdict(listing.conditions)
        | {"starts": _text(listing.conditions.starts), "ends": _text(listing.conditions.ends)},
        "seats": listing.seats,
        "approved": listing.approved,
        "deadline": listing.deadline,
        "kind": listing.kind,
        "capacity": listing.capacity,
        "pay": listing.pay and listing.pay.model_dump(),
        "answer_days": listing.answer_days,
        "opens_at": listing.opens_at,
        "author_id": listing.author_id,
        "author_only_until": listing.author_only_until,
        "closed": listing.closed,
    }


def _listing(document: Document) -> Listing:
    conditions, pay = document["conditions"], document.get("pay")
    starts, ends = _date(conditions["starts"]), _date(conditions["ends"])
    return from_document(
        Listing,
        document,
        id=document["_id"],
        url=kept_address(document["url"]),
        pay=Pay.model_validate(pay) if pay else None,
        words={stem: Word(*word) for stem, *word in document.get("words", ())},  # earlier releases stored none
        requested_terms={term["key"]: from_document(RequestedTerm, term) for term in document["requested_terms"]},
        conditions=from_document(Conditions, conditions, starts=starts, ends=ends),
    )


def _conference_document(conference: Conference, revision: int) -> Document:
    return {
        "_id": conference.id,
        "revision": revision,
        "version": conference.version,
        "name": conference.name,
        "sessions": [asdict(session) for session in conference.sessions],
        "brand": conference.brand and conference.brand.model_dump(),
    }


def _conference(document: Document) -> Conference:
    sessions = [from_document(Session, session) for session in document.get("sessions", ())]
    brand = ConferenceBrand.stored(document.get("brand"))
    return Conference(document["_id"], document["version"], document["name"], sessions, brand)


def _largest(counts: Mapping[str, int], bytes_left: int) -> list[tuple[str, int]]:
    """As many names with the highest counts as fit."""
    kept = []
    for name, count in Counter(counts).most_common():
        bytes_left -= len(name.encode()) + _PAIR_BYTES
        if bytes_left < 0:
            break
        kept.append((name, count))
    return kept


def _candidate_counts_of(document: Document) -> CandidateCounts:
    return CandidateCounts(document["candidates"], dict(document["held"]), dict(document["shown"]))


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
