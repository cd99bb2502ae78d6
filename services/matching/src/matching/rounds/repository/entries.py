"""The entries of locked rounds in MongoDB: attendees in pages of some hundred, listings one by one.

A page is written whole, and contains its attendees' outcomes. So an erasure and the background work, which both change the page,
conflict instead of overwriting each other.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from pymongo import ReplaceOne, UpdateOne

from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, Outcome, with_seats_left
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a round's attendees, with their outcomes after the match."""

    round_id: str
    number: int
    attendees: Sequence[AttendeeEntry]
    outcomes: Sequence[Outcome] = field(default=())


class Entries:
    """Stores the attendees and listings of locked rounds."""

    def __init__(self, db: MongoDatabase) -> None:
        self._pages = db["round_pages"]
        self._listings = db["round_entries"]

    async def ensure_indexes(self) -> None:
        await self._pages.create_index([("round_id", 1), ("number", 1)])
        await self._pages.create_index("attendee_ids")
        await self._listings.create_index([("round_id", 1), ("listing_id", 1)])

    # Attendees

    async def save_pages(self, pages: Iterable[Page], tx: Tx) -> None:
        """Store these pages. They replace earlier ones."""
        writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in map(_page_document, pages)]
        if writes:
            await self._pages.bulk_write(writes, ordered=False, session=tx.session)

    async def pages(self, round_id: str, numbers: Collection[int] | None = None, tx: Tx | None = None) -> AsyncIterator[Page]:
        """The round's pages in order, or those with these numbers."""
        wanted: Document = {"round_id": round_id}
        if numbers is not None:
            wanted["number"] = {"$in": list(numbers)}
        session = tx.session if tx else None
        known: dict[str, str] = {}
        async for document in self._pages.find(wanted, sort=[("number", 1)], batch_size=20, session=session):
            yield _page(document, known)

    async def of_attendees(self, attendee_ids: Collection[str], tx: Tx) -> list[Page]:
        """All pages, in all rounds, that contain any of these attendees."""
        found = self._pages.find({"attendee_ids": {"$in": list(attendee_ids)}}, session=tx.session)
        return [_page(document, {}) async for document in found]

    async def of_attendee(self, round_ids: Collection[str], attendee_id: str) -> list[tuple[str, AttendeeEntry, Outcome | None]]:
        """The attendee's entry and outcome in each of these rounds in which they take part, with the round's id."""
        wanted = {"attendee_ids": attendee_id, "round_id": {"$in": list(round_ids)}}
        entries = []
        async for document in self._pages.find(wanted):
            page = _page(document, {})
            attendee = next(entry for entry in page.attendees if entry.id == attendee_id)
            outcome = next((outcome for outcome in page.outcomes if outcome.attendee_id == attendee_id), None)
            entries.append((page.round_id, attendee, outcome))
        return entries

    # Listings

    async def save_listings(self, round_id: str, listings: Iterable[ListingEntry], tx: Tx) -> None:
        """Store these listings."""
        documents = [_listing_document(round_id, listing) for listing in listings]
        if documents:
            writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
            await self._listings.bulk_write(writes, ordered=False, session=tx.session)

    async def save_seats(self, round_id: str, listings: Iterable[ListingEntry], tx: Tx) -> None:
        """Store the match's result for these listings, without their rankings, which have up to 100,000 ids each."""
        writes = [UpdateOne({"_id": f"{round_id}/{listing.id}"}, {"$set": _seats(listing)}) for listing in listings]
        if writes:
            await self._listings.bulk_write(writes, ordered=False, session=tx.session)

    async def listings(self, round_id: str, ids: Collection[str] | None = None, tx: Tx | None = None) -> dict[str, ListingEntry]:
        """The round's listings, or those with these ids, sorted by id."""
        wanted: Document = {"round_id": round_id}
        if ids is not None:
            wanted["listing_id"] = {"$in": list(ids)}
        found = self._listings.find(wanted, sort=[("listing_id", 1)], session=tx.session if tx else None)
        known: dict[str, str] = {}
        return {document["listing_id"]: _listing(document, known) async for document in found}

    async def free(self, round_id: str, tx: Tx | None = None) -> list[str]:
        """The listings with seats left, those with the most first. It does not read their rankings."""
        found = self._listings.find(
            {"round_id": round_id, "withdrawn": False}, {"ranking": 0, "ranks": 0}, session=tx.session if tx else None
        )
        return [one.id for one in with_seats_left([_listing(document | {"ranking": None}, {}) async for document in found])]

    async def earlier(self, round_ids: Collection[str], ids: Collection[str], tx: Tx) -> dict[str, dict[str, ListingEntry]]:
        """The entries of these listings in each of the rounds, by round and listing."""
        rounds: dict[str, dict[str, ListingEntry]] = {}
        for round_id in round_ids:
            rounds[round_id] = await self.listings(round_id, ids, tx)
        return rounds


def _page_document(page: Page) -> Document:
    return {
        "_id": f"{page.round_id}/{page.number}",
        "round_id": page.round_id,
        "number": page.number,
        "attendee_ids": [one.id for one in page.attendees],
        "choices": [list(one.choices) for one in page.attendees],
        "disciplines": [one.discipline for one in page.attendees],
        "ineligible": [list(one.ineligible) for one in page.attendees],
        "placed_elsewhere": [list(one.placed_elsewhere) for one in page.attendees],
        "partners": [one.partner for one in page.attendees],
        "outcomes": [[one.attendee_id, one.listing_id, list(one.results), one.reverted_from] for one in page.outcomes],
    }


def _page(document: Document, known: dict[str, str]) -> Page:
    names = ("attendee_ids", "choices", "disciplines", "ineligible")
    placed = document.get("placed_elsewhere") or [()] * len(document["attendee_ids"])  # 0.1.0 did not store placements elsewhere
    partners = document.get("partners") or [None] * len(document["attendee_ids"])  # 0.1.0 knew no couples
    columns = zip(*(document[name] for name in names), placed, partners, strict=True)
    return Page(
        document["round_id"],
        document["number"],
        [
            AttendeeEntry(id, _texts(choices, known), discipline, _texts(barred, known), _texts(elsewhere, known), partner)
            for id, choices, discipline, barred, elsewhere, partner in columns
        ],
        [Outcome(id, seat, _texts(results, known), owner) for id, seat, results, owner in document["outcomes"]],
    )


def _listing_document(round_id: str, listing: ListingEntry) -> Document:
    return {
        "_id": f"{round_id}/{listing.id}",
        "round_id": round_id,
        "listing_id": listing.id,
        "seats": listing.seats,
        "withdrawn": listing.withdrawn,
        "caps": dict(listing.caps),
        "reserves": dict(listing.reserves),
        "reverts_to": listing.reverts_to,
        "ranking": None if listing.ranking is None else list(listing.ranking),
        "ranks": list(listing.ranks),
        "limit": listing.limit,
        "limit_seats": listing.limit_seats,
        "organization_id": listing.organization_id,
        "place": listing.place,
        "unseated": listing.unseated,
        **_seats(listing),
    }


def _seats(listing: ListingEntry) -> Document:
    return {
        "capacity": listing.capacity,
        "got": listing.got,
        "given": listing.given,
        "placed": list(listing.placed),
        "taken": dict(listing.taken),
        "results": dict(listing.results),
    }


def _listing(document: Document, known: dict[str, str]) -> ListingEntry:
    ranking = document["ranking"]
    return from_document(
        ListingEntry,
        document,
        id=document["listing_id"],
        ranking=None if ranking is None else _texts(ranking, known),
        ranks=tuple(document.get("ranks", ())),  # 0.1.0 did not store them
        placed=_texts(document["placed"], known),
    )


def _texts(texts: Iterable[str], known: dict[str, str]) -> tuple[str, ...]:
    """The texts as a tuple. Equal texts are stored once, so a large round takes a third of the memory."""
    return tuple(known.setdefault(text, text) for text in texts)
