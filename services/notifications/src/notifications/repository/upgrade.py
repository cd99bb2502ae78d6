"""Documents that version 0.1 wrote before there were kinds of mails, made into what is read today. To be taken out after the next
release."""

from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import ValidationError

from notifications.contacts.domain import Contact, Person, Recommendations
from notifications.contacts.repository import person_document
from notifications.links import Links
from shared.contract.events.matching import Match
from shared.database.mongo import Document, MongoDatabase

log = structlog.get_logger(__name__)


async def upgrade(db: MongoDatabase, links: Links) -> None:
    """Make old documents new ones. Again, or cut off in between, it goes on with what is left; what was written since is kept.

    Mails that had not left are told anew, as digests are today.
    """
    people = messages = 0
    timeless = {"unsubscribed": True, "unsubscribed_at": {"$exists": False}}
    await db["people"].update_many(timeless, {"$set": {"unsubscribed_at": datetime.now(UTC)}})
    async for document in db["attendees"].find({}):
        waiting: list[str] = []
        old = {"attendee_id": document["_id"], "state": {"$in": ["queued", "claimed"]}}
        async for message in db["messages"].find(old, {"listing_ids": 1}):
            waiting += message["listing_ids"]
        person = _person(document, waiting)
        await db["people"].update_one({"_id": person.id}, {"$setOnInsert": _without_id(person_document(person))}, upsert=True)
        await db["messages"].delete_many(old)
        await db["attendees"].delete_one({"_id": person.id})
        people += 1
    async for document in db["messages"].find({"attendee_id": {"$exists": True}}):
        change = {"$set": _message(document, links), "$unset": {"attendee_id": "", "content": "", "content_sha256": ""}}
        await db["messages"].update_one({"_id": document["_id"], "attendee_id": {"$exists": True}}, change)
        messages += 1
    if people or messages:
        log.info("upgraded", people=people, messages=messages)


def _person(document: Document, waiting: list[str]) -> Person:
    contact, newest = document["contact"], document["recommendations"]
    person = Person(
        id=document["_id"],
        contact=Contact(**contact) if contact else None,
        unsubscribed_at=datetime.now(UTC) if document["unsubscribed"] else None,
        welcomed=bool(document["mailed"]),
        recommendations=_recommendations(newest) if newest else None,
        tell_at=document["tell_at"],
        mailed=document["mailed"],
    )
    person.forget_mailed(waiting, datetime.now(UTC))
    return person


def _recommendations(document: dict[str, Any]) -> Recommendations:
    try:
        matches = [Match.model_validate(match) for match in document["matches"]]
    except ValidationError:
        matches = []  # kept under a contract that is older still: the next list replaces it
    return Recommendations(document["version"], matches, document["correlation_id"])


def _message(document: Document, links: Links) -> Document:
    return {
        "token": links.token(document["_id"]),
        "kind": "matches",
        "recipient": document["attendee_id"],
        "cause": document["_id"],
        "about": "",
        "caused_by": "",
        "lane": "bulk",
        "resent": False,
        "version": 0,
        "to": None,
        "not_after": document["created_at"],
        # What was cut off in the middle of it: as before, it is not known what became of it.
        "state": "unknown" if document["state"] == "sending" else document["state"],
        "due_at": document["changed_at"],
        "body_sha256": document.get("content_sha256", ""),
    }


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}
