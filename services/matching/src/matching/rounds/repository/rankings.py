"""Attendees' and hosts' rankings for match-day rounds. They do not change after the lock."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from matching.rounds.domain.requests import HostLimits, HostRanking, Limit
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.versions import Versions


@dataclass(frozen=True, slots=True)
class StoredRanking:
    """An attendee's ranking: listings, best first; empty if it was withdrawn. ``version`` counts its changes."""

    attendee_id: str
    listing_ids: list[str]
    version: int = 0


class Rankings:
    """Stores rankings by round and attendee, or by round and listing."""

    def __init__(self, db: MongoDatabase) -> None:
        self._attendees = db["round_rankings"]
        self.versions = Versions(self._attendees, id_of=lambda key: _key(*key.rsplit(":", 1)))
        self._hosts = db["round_host_rankings"]
        self._limits = db["round_limits"]

    @staticmethod
    def of(documents: Iterable[Document]) -> list[tuple[str, StoredRanking]]:
        """The rankings of attendees that these documents hold, each with its round."""
        return [_of_round(document) for document in documents]

    async def ensure_indexes(self) -> None:
        await self._attendees.create_index([("round_id", 1), ("attendee_id", 1)])
        await self._attendees.create_index([("round_id", 1), ("listing_ids", 1)])
        await self._attendees.create_index("attendee_id")
        await self._hosts.create_index([("round_id", 1), ("listing_id", 1)])
        await self._hosts.create_index([("round_id", 1), ("reverts_to", 1)])
        await self._hosts.create_index("attendee_ids")
        await self._limits.create_index("round_id")

    # Attendees

    async def of_attendee(self, round_id: str, attendee_id: str, tx: Tx | None = None) -> StoredRanking:
        """The attendee's ranking; empty, with version 0, if there never was one."""
        document = await self._attendees.find_one({"_id": _key(round_id, attendee_id)}, session=tx.session if tx else None)
        return _stored_ranking(document) if document else StoredRanking(attendee_id, [])

    async def of_attendees(self, attendee_ids: Collection[str], tx: Tx) -> list[tuple[str, StoredRanking]]:
        """These attendees' rankings in all rounds, each with its round's id."""
        found = self._attendees.find({"attendee_id": {"$in": list(attendee_ids)}}, session=tx.session)
        return [_of_round(document) async for document in found]

    async def save(self, round_id: str, ranking: StoredRanking, tx: Tx) -> None:
        """Store the ranking. Withdrawn ones are stored, too, so that the version continues."""
        key = _key(round_id, ranking.attendee_id)
        document = {"_id": key, "round_id": round_id, **asdict(ranking)}
        await self._attendees.replace_one({"_id": key}, document, upsert=True, session=tx.session)

    async def page(self, round_id: str, after: str, limit: int, tx: Tx) -> list[StoredRanking]:
        """The rankings of the first ``limit`` attendees after the id ``after``, sorted by id."""
        page = {"round_id": round_id, "attendee_id": {"$gt": after}, "listing_ids": {"$ne": []}}
        found = self._attendees.find(page, sort=[("attendee_id", 1)], limit=limit, session=tx.session)
        return [_stored_ranking(document) async for document in found]

    async def applied(self, round_id: str, listing_id: str, attendee_ids: Collection[str], tx: Tx) -> set[str]:
        """Which of the attendees have ranked the listing."""
        theirs = {"_id": {"$in": [_key(round_id, id) for id in attendee_ids]}, "listing_ids": listing_id}
        found = self._attendees.find(theirs, {"attendee_id": 1}, session=tx.session)
        return {document["attendee_id"] async for document in found}

    async def applicants(self, round_id: str, listing_ids: Collection[str], most: int, tx: Tx) -> dict[str, list[str]]:
        """Up to ``most`` attendees who have ranked each of these listings."""
        theirs = {"round_id": round_id, "listing_ids": {"$in": list(listing_ids)}}
        fields = {"attendee_id": 1, "listing_ids": 1}
        found: dict[str, list[str]] = {id: [] for id in listing_ids}
        async for document in self._attendees.find(theirs, fields, limit=most * len(listing_ids), session=tx.session):
            for id in found.keys() & document["listing_ids"]:
                if len(found[id]) < most:
                    found[id].append(document["attendee_id"])
        return found

    # Hosts

    async def of_listing(self, round_ids: Iterable[str], listing_id: str, tx: Tx | None = None) -> tuple[str, HostRanking] | None:
        """The host's ranking in the last of these rounds for which it sent one, with that round's id."""
        return (await self.of_listings(list(round_ids), [listing_id], tx)).get(listing_id)

    async def of_listings(
        self, round_ids: Sequence[str], listing_ids: Collection[str], tx: Tx | None = None
    ) -> dict[str, tuple[str, HostRanking]]:
        """As ``of_listing``, by listing. Listings without a ranking are omitted."""
        keys = [_key(round_id, listing_id) for round_id in round_ids for listing_id in listing_ids]
        found = self._hosts.find({"_id": {"$in": keys}}, session=tx.session if tx else None)
        sent = {document["_id"]: document async for document in found}
        return {
            sent[key]["listing_id"]: (sent[key]["round_id"], _host_ranking(sent[key]))
            for key in keys  # the last round is the last one that counts
            if key in sent
        }

    async def put_host(self, round_id: str, listing_id: str, ranking: HostRanking, tx: Tx) -> None:
        document = {"round_id": round_id, "listing_id": listing_id, **ranking.model_dump()}
        await self._hosts.replace_one({"_id": _key(round_id, listing_id)}, document, upsert=True, session=tx.session)

    async def answered(self, round_ids: Collection[str]) -> set[str]:
        """The listings whose host has sent a ranking for one of the rounds."""
        found = self._hosts.find({"round_id": {"$in": list(round_ids)}}, {"listing_id": 1})
        return {document["listing_id"] async for document in found}

    async def reverting_to(self, round_ids: Collection[str], listing_id: str, tx: Tx) -> list[str]:
        """The listings whose unfilled seats revert to this one."""
        reverting = {"round_id": {"$in": list(round_ids)}, "reverts_to": listing_id}
        return [document["listing_id"] async for document in self._hosts.find(reverting, {"listing_id": 1}, session=tx.session)]

    async def reserving(self, round_ids: Sequence[str], listing_ids: Collection[str], tx: Tx) -> list[str]:
        """Which of these listings have reserves in their host's last ranking for one of the rounds."""
        keys = [_key(round_id, listing_id) for round_id in round_ids for listing_id in listing_ids]
        fields = {"round_id": 1, "listing_id": 1, "reserves": 1}
        found = [document async for document in self._hosts.find({"_id": {"$in": keys}}, fields, session=tx.session)]
        found.sort(key=lambda document: round_ids.index(document["round_id"]))
        last = {document["listing_id"]: document.get("reserves", {}) for document in found}
        return sorted(listing_id for listing_id, reserves in last.items() if any(reserves.values()))

    # Limits

    async def put_limits(self, round_id: str, organization_id: str, limits: HostLimits, tx: Tx) -> None:
        document = {"round_id": round_id, "organization_id": organization_id, **limits.model_dump()}
        await self._limits.replace_one({"_id": _key(round_id, organization_id)}, document, upsert=True, session=tx.session)

    async def limits_of(self, round_ids: Sequence[str], organization_id: str, tx: Tx | None = None) -> HostLimits:
        """The organization's limits: those sent last for one of these rounds."""
        limits = await self.limits(round_ids, tx, organization_id)
        return limits[organization_id][1] if organization_id in limits else HostLimits(limits=[])

    async def limits(
        self, round_ids: Sequence[str], tx: Tx | None = None, organization_id: str | None = None
    ) -> dict[str, tuple[str, HostLimits]]:
        """The limits of each organization that were sent last for one of these rounds, with that round's id."""
        which: Document = {"round_id": {"$in": list(round_ids)}}
        if organization_id:
            which["organization_id"] = organization_id
        found = [document async for document in self._limits.find(which, session=tx.session if tx else None)]
        found.sort(key=lambda document: round_ids.index(document["round_id"]))
        return {document["organization_id"]: (document["round_id"], _host_limits(document)) for document in found}

    # Erasure

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> list[tuple[str, StoredRanking]]:
        """Delete these attendees' rankings, and their places in hosts' rankings. Returns their rankings with the rounds' ids."""
        erased = await self.of_attendees(attendee_ids, tx)
        if erased:
            await self._attendees.delete_many({"attendee_id": {"$in": list(attendee_ids)}}, session=tx.session)
        named = {"attendee_ids": {"$in": list(attendee_ids)}}
        tied = named | {"ties.0": {"$exists": True}}
        await self._hosts.update_many(tied, {"$pullAll": {"ties.$[]": list(attendee_ids)}}, session=tx.session)
        await self._hosts.update_many(named, {"$pullAll": {"attendee_ids": list(attendee_ids)}}, session=tx.session)
        return erased


def _key(round_id: str, id: str) -> str:
    return f"{round_id}/{id}"  # no id contains a slash


def _of_round(document: Document) -> tuple[str, StoredRanking]:
    return document["round_id"], _stored_ranking(document)


def _stored_ranking(document: Document) -> StoredRanking:
    return StoredRanking(document["attendee_id"], document["listing_ids"], document["version"])


def _host_limits(document: Document) -> HostLimits:
    return HostLimits.model_construct(
        limits=[Limit.model_construct(listing_ids=limit["listing_ids"], seats=limit["seats"]) for limit in document["limits"]]
    )


def _host_ranking(document: Document) -> HostRanking:
    return HostRanking.model_construct(**{name: document[name] for name in HostRanking.model_fields if name in document})
