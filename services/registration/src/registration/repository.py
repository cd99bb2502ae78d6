"""MongoDB: documents to domain types and back. Every query of the service is here."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time

from motor.motor_asyncio import AsyncIOMotorClientSession

from registration.domain import Attendee, Conference, Fact
from shared.events.registration import Session
from shared.mongo import Document, MongoDatabase, Tx, save


class Repository:
    """Conferences, attendees and the facts of attendance.

    All are found by their ids, an attendee's made of the address: no further index, which each write would pay for.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._db = db
        self._conferences = db["conferences"]
        self._attendees = db["attendees"]
        self._attendance = db["attendance"]
        self._cache: dict[str, Conference] = {}

    # Conferences

    async def conferences(self, ids: Collection[str], tx: Tx) -> dict[str, Conference]:
        """Those of the conferences that exist. Only a changed one is read whole; the others are remembered."""
        if not ids:
            return {}
        now = self._conferences.find({"_id": {"$in": list(ids)}}, {"version": 1}, session=tx.session)
        versions = {document["_id"]: document["version"] async for document in now}
        stale = [id for id, version in versions.items() if id not in self._cache or self._cache[id].version != version]
        if stale:
            async for document in self._conferences.find({"_id": {"$in": stale}}, session=tx.session):
                self._cache[document["_id"]] = _conference(document)
        return {id: self._cache[id] for id in versions}

    async def conference(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Conference | None:
        document = await self._conferences.find_one({"_id": id}, session=session)
        return _conference(document) if document else None

    async def save_conference(self, conference: Conference, tx: Tx) -> None:
        document = {
            "_id": conference.id,
            "version": conference.version,
            "name": conference.name,
            "starts": datetime.combine(conference.starts, time(), UTC),
            "ends": datetime.combine(conference.ends, time(), UTC),
            "sessions": [session.model_dump() for session in conference.sessions.values()],
        }
        await self._conferences.replace_one({"_id": conference.id}, document, upsert=True, session=tx.session)

    # Attendance

    async def facts(self, ids: Collection[str], tx: Tx) -> dict[str, Fact]:
        """Those of the facts that are known."""
        if not ids:
            return {}
        found = self._attendance.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _fact(document) async for document in found}

    async def save_facts(self, new: Iterable[Fact], changed: Iterable[Fact], tx: Tx) -> None:
        await save(self._attendance, map(_fact_document, new), map(_fact_document, changed), tx)

    # Attendees

    async def attendees(self, ids: Collection[str], tx: Tx) -> dict[str, Attendee]:
        """Those of the attendees that are known."""
        found = self._attendees.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _attendee(document) async for document in found}

    async def attendee(self, id: str) -> Attendee | None:
        document = await self._attendees.find_one({"_id": id})
        return _attendee(document) if document else None

    async def save_attendees(self, new: Iterable[Attendee], changed: Iterable[Attendee], tx: Tx) -> None:
        await save(self._attendees, map(_attendee_document, new), map(_attendee_document, changed), tx)

    async def statistics(self) -> dict[str, int]:
        """How many of each there are."""
        return {
            "conferences": await self._conferences.count_documents({}),
            "attendees": await self._attendees.count_documents({}),
            "facts": await self._attendance.count_documents({"kind": {"$ne": "unknown"}}),
            "reverted": await self._attendance.count_documents({"reverted": True}),
        }


def _conference(document: Document) -> Conference:
    sessions = (Session.model_construct(**session) for session in document["sessions"])
    return Conference(
        id=document["_id"],
        version=document["version"],
        name=document["name"],
        starts=document["starts"].date(),
        ends=document["ends"].date(),
        sessions={session.id: session for session in sessions},
    )


def _fact_document(fact: Fact) -> Document:
    return {
        "_id": fact.id,
        "kind": fact.kind,
        "at": fact.at,
        "attendee_id": fact.attendee_id,
        "conference_id": fact.conference_id,
        "subject": fact.subject,
        "told": fact.told,
        "reverted": fact.reverted,
    }


def _fact(document: Document) -> Fact:
    return Fact(id=document.pop("_id"), **document)


def _attendee_document(attendee: Attendee) -> Document:
    return {
        "_id": attendee.id,
        "email": attendee.email,
        "name": attendee.name,
        "locale": attendee.locale,
        "skills": attendee.skills,
        "mail_consent": attendee.mail_consent,
        "told_at": attendee.told_at,
        "consent_given": attendee.consent_given,
        # Ids may hold dots, which a field name may not: a list of [kind, conference, subject, fact ids].
        "attendance": [[*key, fact_ids] for key, fact_ids in attendee.attendance.items()],
        "contact_version": attendee.contact_version,
        "profile_version": attendee.profile_version,
    }


def _attendee(document: Document) -> Attendee:
    attendance = {(kind, conference, subject): fact_ids for kind, conference, subject, fact_ids in document.pop("attendance")}
    return Attendee(id=document.pop("_id"), attendance=attendance, **document)
