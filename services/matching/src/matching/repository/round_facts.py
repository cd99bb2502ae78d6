"""What matching knows of listings and attendees, as far as a match-day round needs it: few fields of many documents."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from matching.domain.candidates import Availability
from matching.domain.openings import Conditions, Opening
from shared.mongo import Document, MongoDatabase, Tx

_OF_OPENINGS = dict.fromkeys(("version", "open", "organization_id", "conditions", "seats", "approved", "deadline"), 1)


@dataclass(frozen=True, slots=True)
class Person:
    """An attendee, as far as a listing's conditions and caps ask."""

    discipline: str | None
    availability: Availability


class Facts:
    """Reads the collections of openings and candidates."""

    def __init__(self, db: MongoDatabase) -> None:
        self._openings = db["openings"]
        self._candidates = db["candidates"]

    async def openings(self, ids: Collection[str], tx: Tx) -> dict[str, Opening]:
        """Those of the listings that were published ever, without what they ask for."""
        found = self._openings.find({"_id": {"$in": list(ids)}}, _OF_OPENINGS, session=tx.session)
        return {
            document.pop("_id"): Opening(id="", conditions=_conditions(document.pop("conditions")), **document)
            async for document in found
        }

    async def people(self, ids: Collection[str], tx: Tx) -> dict[str, Person]:
        """Those of the attendees who are known."""
        found = self._candidates.find({"_id": {"$in": list(ids)}}, {"discipline": 1, "availability": 1}, session=tx.session)
        return {one["_id"]: Person(one["discipline"], _availability(one["availability"])) async for one in found}


def _conditions(document: Document) -> Conditions:
    return Conditions(**document | {name: _date(document[name]) for name in ("starts", "ends")})


def _availability(document: Document | None) -> Availability:
    if document is None:
        return Availability()
    days = {name: _date(document[name]) for name in ("starts", "ends")}
    countries = {name: _set(document[name]) for name in ("countries", "work_permission")}
    return Availability(**document | days | countries)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _set(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)
