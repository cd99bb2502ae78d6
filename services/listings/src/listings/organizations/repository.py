"""MongoDB: organizations, their mentors and staff."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date

from motor.motor_asyncio import AsyncIOMotorClientSession

from listings.organizations.domain import Mentor, Organization, Staff
from shared.contract.events.listings import StaffChanged, StaffPost
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.versions import Versions


class OrganizationsRepository:
    """Organizations, their mentors and staff. A page holds the first ``limit`` ids after ``after``, in order."""

    def __init__(self, db: MongoDatabase) -> None:
        self._organizations = db["organizations"]
        self._mentors = db["mentors"]
        self._staff = db["staff"]
        self.versions = Versions(self._organizations)
        self.staff_versions = Versions(self._staff, which={"published": {"$ne": None}})

    async def ensure_indexes(self) -> None:
        await self._mentors.create_index([("organization_id", 1), ("id", 1)], unique=True)
        await self._mentors.create_index("person_id")

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Organization]:
        """The organizations that these documents hold."""
        return [_organization(document) for document in documents]

    async def organization(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Organization | None:
        document = await self._organizations.find_one({"_id": id}, session=session)
        return _organization(document) if document else None

    async def lock_organization(self, id: str, tx: Tx) -> Organization | None:
        """The organization, which no other transaction can lock or change before this one ends.

        Without it, of a listing that opens and an organization that changes at once, neither would see the other.
        """
        document = await self._organizations.find_one_and_update({"_id": id}, {"$inc": {"locks": 1}}, session=tx.session)
        return _organization(document) if document else None

    async def organizations(self, after: str, limit: int, only: Collection[str] | None = None) -> list[Organization]:
        """A page of all, or of those with the ids ``only``."""
        page: Document = {"_id": {"$gt": after} if only is None else {"$gt": after, "$in": list(only)}}
        found = self._organizations.find(page, sort=[("_id", 1)], limit=limit)
        return [_organization(document) async for document in found]

    async def save_organization(self, organization: Organization, tx: Tx) -> None:
        fields = {
            "version": organization.version,
            "name": organization.name,
            "url": organization.url,
            "conference_ids": organization.conference_ids,
            "approved": organization.approved,
            "staff": [post.model_dump(mode="json") for post in organization.staff],
        }
        await self._organizations.update_one({"_id": organization.id}, {"$set": fields}, upsert=True, session=tx.session)

    async def without_staff(self, limit: int, tx: Tx) -> list[str]:
        """Organizations that were last published by a release that did not tell their staff."""
        found = self._organizations.find({"staff": {"$exists": False}}, {"_id": 1}, limit=limit, session=tx.session)
        return [document["_id"] async for document in found]

    async def mentor(self, organization_id: str, id: str, session: AsyncIOMotorClientSession | None = None) -> Mentor | None:
        document = await self._mentors.find_one({"_id": _mentor_key(organization_id, id)}, session=session)
        return _mentor(document) if document else None

    async def mentors(self, organization_id: str, after: str, limit: int) -> list[Mentor]:
        page = {"organization_id": organization_id, "id": {"$gt": after}}
        return [_mentor(document) async for document in self._mentors.find(page, sort=[("id", 1)], limit=limit)]

    async def named_mentors(self, organization_id: str, ids: Collection[str]) -> list[str]:
        """The names of those of these mentors who agreed to be named."""
        keys = [_mentor_key(organization_id, id) for id in ids]
        found = self._mentors.find({"_id": {"$in": keys}, "named": True}, {"name": 1}, sort=[("_id", 1)])
        return [document["name"] async for document in found] if keys else []

    async def mentors_by_id(self, ids: Mapping[str, Collection[str]], tx: Tx) -> dict[tuple[str, str], Mentor]:
        """The mentors that exist, by organization and id. ``ids`` has the mentors' ids by organization."""
        keys = [_mentor_key(organization_id, id) for organization_id, some_ids in ids.items() for id in some_ids]
        if not keys:
            return {}
        mentors = [_mentor(document) async for document in self._mentors.find({"_id": {"$in": keys}}, session=tx.session)]
        return {(mentor.organization_id, mentor.id): mentor for mentor in mentors}

    async def mentors_of_organization(self, id: str, tx: Tx) -> list[Mentor]:
        found = self._mentors.find({"organization_id": id}, session=tx.session)
        return [_mentor(document) async for document in found]

    async def mentors_of_persons(
        self, person_ids: Collection[str], session: AsyncIOMotorClientSession | None = None
    ) -> list[Mentor]:
        """All with the addresses of these people, of whatever organization."""
        found = self._mentors.find({"person_id": {"$in": list(person_ids)}}, session=session)
        return [_mentor(document) async for document in found]

    async def save_mentor(self, mentor: Mentor, tx: Tx) -> None:
        key = _mentor_key(mentor.organization_id, mentor.id)
        await self._mentors.replace_one({"_id": key}, _mentor_document(key, mentor), upsert=True, session=tx.session)

    async def delete_mentor(self, mentor: Mentor, tx: Tx) -> None:
        await self._mentors.delete_one({"_id": _mentor_key(mentor.organization_id, mentor.id)}, session=tx.session)

    async def lock_staff(self, person_id: str, tx: Tx) -> Staff:
        """The person, whom no other transaction can lock before this one ends.

        Without it, of two organizations that change the mentor they share at once, neither would see the other.
        """
        document = await self._staff.find_one_and_update(
            {"_id": person_id}, {"$inc": {"locks": 1}}, upsert=True, return_document=True, session=tx.session
        )
        published = document.get("published")
        return Staff(person_id, document.get("version", 0), StaffChanged.model_validate(published) if published else None)

    async def save_staff(self, staff: Staff, tx: Tx) -> None:
        published = staff.published.model_dump(mode="json") if staff.published else None
        fields = {"version": staff.version, "published": published}
        await self._staff.update_one({"_id": staff.person_id}, {"$set": fields}, session=tx.session)

    async def statistics(self) -> dict[str, int]:
        return {
            "organizations": await self._organizations.count_documents({}),
            "mentors": await self._mentors.count_documents({}),
        }


def _organization(document: Document) -> Organization:
    staff = [StaffPost.model_validate(post) for post in document.get("staff", ())]
    return from_document(Organization, document, id=document["_id"], staff=staff)


def _mentor_key(organization_id: str, id: str) -> str:
    return f"{organization_id}/{id}"  # no id contains a slash


def _mentor_document(key: str, mentor: Mentor) -> Document:
    away = mentor.away_until.isoformat() if mentor.away_until else None  # MongoDB has no days
    return {"_id": key, **asdict(mentor), "away_until": away}


def _mentor(document: Document) -> Mentor:
    away = document.get("away_until")
    return from_document(Mentor, document, away_until=date.fromisoformat(away) if away else None)
