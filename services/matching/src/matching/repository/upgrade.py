"""Documents that version 0.1 before the engine wrote, made into what is read today. To be taken out after the next release."""

from contextlib import suppress
from dataclasses import asdict
from typing import Final

import structlog
from pymongo.errors import OperationFailure

from matching.model.candidates import Attended, Candidate, Interest
from matching.model.openings import Conditions
from matching.model.terms import Terms
from matching.recommendations.repository import candidate_document
from shared.contract.events.matching import Match
from shared.database.mongo import Document, MongoDatabase

log = structlog.get_logger(__name__)

_OLD_INDEXES: Final = ("shard_1_terms_1", "shard_1_met_1", "shard_1_matches.listing_id_1")


async def upgrade(db: MongoDatabase, terms: Terms) -> None:
    """Make old documents new ones. Again, or cut off in between, it goes on with what is left.

    Of several instances that start at once, the first may be at work already: what it wrote since is never replaced.
    """
    openings = candidates = 0
    old: Document = {"skills": {"$exists": True}}
    async for document in db["openings"].find(old):
        await db["openings"].replace_one({"_id": document["_id"], **old}, _opening(document, terms))
        openings += 1
    old = {"terms": {"$exists": True}}
    async for document in db["candidates"].find(old):
        await db["candidates"].replace_one({"_id": document["_id"], **old}, _candidate(document, terms))
        candidates += 1
    if counter := await db["revisions"].find_one({"_id": "openings"}):
        await db["revisions"].update_one({"_id": "catalogue"}, {"$max": {"revision": counter["revision"]}}, upsert=True)
        await db["revisions"].delete_one({"_id": "openings"})
    if openings or candidates:
        for name in _OLD_INDEXES:
            with suppress(OperationFailure):  # it is gone already
                await db["candidates"].drop_index(name)
        log.info("upgraded", openings=openings, candidates=candidates)


def _opening(document: Document, terms: Terms) -> Document:
    asks: dict[str, Document] = {}
    for kind in ("skill", "topic"):
        for name in document.pop(f"{kind}s"):
            key = terms.normalise(name)
            asks.setdefault(key, {"key": key, "kind": kind, "name": name, "weight": 1.0, "suffices": 1.0})
    asks.pop("", None)  # what is no word at all
    return document | {
        "organization_id": "",
        "asks": list(asks.values()),
        "disciplines": [],
        "crossing": False,
        "conditions": asdict(Conditions()),
        "seats": 1,
        "approved": True,
    }


def _candidate(document: Document, terms: Terms) -> Document:
    interests: dict[str, Interest] = {}
    for old in document["interests"]:
        known = interests.setdefault(terms.normalise(old["term"]), Interest())
        known.declared = known.declared or old["declared"]
        known.sessions |= {Attended(seen["conference_id"], seen["session_id"]): seen["title"] for seen in old["evidence"]}
    interests.pop("", None)  # what is no word at all
    return candidate_document(
        Candidate(
            id=document["_id"],
            shard=document["shard"],
            version=document["version"],
            interests=interests,
            met=dict.fromkeys(document["met"], ""),
            conference_ids=set(document["conference_ids"]),
            matches=[Match.model_validate(match) for match in document["matches"]],
            matches_version=document["matches_version"],
        )
    )
