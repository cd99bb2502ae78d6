"""Sign-in requests, their counts, sessions that have not ended, and operators, in MongoDB."""

import hmac
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from notifications.sign_in.domain import (
    MOST_FOR_ADDRESS,
    MOST_TRIES,
    WINDOW,
    Counts,
    Secrets,
    SignInRequest,
    StartedSession,
    code_digest,
    token_digest,
    window_start,
)
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.web.access.sessions import SignInSession

_KEPT: Final = timedelta(hours=1)
"""How long a request is kept after its end, so that its link says that it is too old."""


class SignInRequests:
    """Sign-in requests by their id, and how many there were in the current window.

    The address is kept only until it is looked up. What is stored opens no session: of link and code there are digests.
    """

    def __init__(self, db: MongoDatabase, key: SecretStr) -> None:
        """``key`` makes the ids under which addresses are counted."""
        self._requests = db["sign_in_requests"]
        self._counts = db["sign_in_counts"]
        self._key = key.get_secret_value().encode()

    async def ensure_indexes(self) -> None:
        await self._requests.create_index([("looked_up", 1), ("expires_at", 1)])
        await self._requests.create_index("token_digest")
        await self._requests.create_index("person_ids")
        await self._requests.create_index("expires_at")
        await self._counts.create_index("until")

    async def count(self, email: str, network: str, now: datetime) -> Counts:
        """Count a request, and return all counts with it.

        A request that causes no mail, because its address had all of its own, is none of ``in_all``: else tries on one address
        would use up what everybody else needs.
        """
        address = hmac.digest(self._key, b"sign-in address\0" + email.encode(), "sha256").hex()
        for_address = await self._count(f"address/{address}", now)
        from_network = await self._count(f"network/{network}", now)
        in_all = await self._count("all", now, by=int(for_address <= MOST_FOR_ADDRESS))
        return Counts(for_address, from_network, in_all)

    async def count_without_address(self, network: str, now: datetime) -> Counts:
        """Count a request with a passkey, which names no address, with all others."""
        return Counts(0, await self._count(f"network/{network}", now), await self._count("all", now))

    async def _count(self, what: str, now: datetime, by: int = 1) -> int:
        since = window_start(now)
        which = {"_id": f"{what}/{int(since.timestamp())}"}
        change = {"$inc": {"requests": by}, "$setOnInsert": {"until": since + WINDOW}}
        try:
            document = await self._counts.find_one_and_update(which, change, upsert=True, return_document=ReturnDocument.AFTER)
        except DuplicateKeyError:  # another request has just added the first count
            document = await self._counts.find_one_and_update(which, change, return_document=ReturnDocument.AFTER)
        # SecantusDB counts, but returns nothing, if another request adds the first count at the same time.
        found = document or await self._counts.find_one(which)
        return int(found["requests"]) if found else by

    async def add(self, request: SignInRequest, email: str, locale: str, correlation_id: str, *, gets_mail: bool) -> None:
        """Keep a new request. Without a mail it is kept all the same, so that nobody can tell the two apart."""
        document = {
            "_id": request.id,
            "next": request.next,
            "expires_at": request.expires_at,
            "email": email if gets_mail else "",
            "locale": locale,
            "correlation_id": correlation_id,
            "looked_up": not gets_mail,
            "person_ids": [],
            "operator_id": "",
            "token_digest": None,
            "code_digest": "",
            "tries": 0,
            "used": False,
        }
        # The id is random: if it is there, an earlier attempt of this very write has added it, and its answer was lost.
        with suppress(DuplicateKeyError):
            await self._requests.insert_one(document)

    # Looking addresses up

    async def waiting(self, most: int) -> list[str]:
        """The ids of requests whose address was not looked up yet, the oldest first."""
        found = self._requests.find({"looked_up": False}, {"_id": 1}).sort("expires_at").limit(most)
        return [document["_id"] async for document in found]

    async def take(self, id: str, tx: Tx) -> Document | None:
        """The request with its address, if nobody has looked it up yet. The address is then forgotten."""
        return await self._requests.find_one_and_update(
            {"_id": id, "looked_up": False}, {"$set": {"looked_up": True, "email": ""}}, session=tx.session
        )

    async def set_person(
        self, id: str, person_ids: Sequence[str], operator_id: str, contact_id: str, secrets: Secrets, tx: Tx
    ) -> None:
        """Record whose address it is, and digests of what the mail contains."""
        found = {
            "person_ids": list(person_ids),
            "operator_id": operator_id,
            "contact_id": contact_id,
            "token_digest": token_digest(secrets.token),
            "code_digest": code_digest(id, secrets.code),
        }
        await self._requests.update_one({"_id": id}, {"$set": found}, session=tx.session)

    # Using link and code

    async def by_token(self, token: str) -> tuple[SignInRequest, str] | None:
        """The request whose mail has a link with this token, and the id of the contact that got it."""
        document = await self._requests.find_one({"token_digest": token_digest(token)})
        return (_request(document), document["contact_id"]) if document else None

    async def count_try(self, id: str) -> SignInRequest | None:
        """The request with this id, after one more try of its code. None if there is none.

        It is no part of a transaction, so that no try goes uncounted.
        """
        document = await self._requests.find_one_and_update(
            {"_id": id, "tries": {"$lte": MOST_TRIES}}, {"$inc": {"tries": 1}}, return_document=ReturnDocument.AFTER
        )
        return _request(document) if document else None

    async def use(self, id: str, tx: Tx) -> bool:
        """Use the request up. False if it was used, or called off, already."""
        which = {"_id": id, "used": False, "expires_at": {"$gt": tx.now}}
        result = await self._requests.update_one(which, {"$set": {"used": True}}, session=tx.session)
        return result.modified_count == 1

    async def use_page_link(self, token: str, person_ids: Sequence[str], expires_at: datetime, tx: Tx) -> bool:
        """Use up the link of a mail to a page. False if it was used already."""
        document = {"_id": _page_link(token), "person_ids": list(person_ids), "expires_at": expires_at, "used": True}
        if await self._requests.find_one({"_id": document["_id"]}, {"_id": 1}, session=tx.session):
            return False
        await self._requests.insert_one(document | {"looked_up": True, "token_digest": None}, session=tx.session)
        return True

    async def is_page_link_used(self, token: str) -> bool:
        return await self._requests.find_one({"_id": _page_link(token)}, {"_id": 1}) is not None

    async def call_off(self, person_id: str, tx: Tx) -> None:
        """Void all open links and codes of the person with this id."""
        await self._requests.update_many({"person_ids": person_id}, {"$set": {"used": True}}, session=tx.session)

    async def sweep(self, now: datetime) -> None:
        """Delete old requests and counts."""
        await self._requests.delete_many({"expires_at": {"$lt": now - _KEPT}})
        await self._counts.delete_many({"until": {"$lt": now}})


def _page_link(token: str) -> str:
    """The id of a link that was used."""
    return f"open/{token_digest(token)}"


MOST_SHOWN: Final = 100
"""The most sessions that a person sees."""


class StartedSessions:
    """Sessions that have not ended, for whoever wants to see their own. Whether a session holds is not decided by this.

    A session is forgotten when it ends.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._sessions = db["sessions"]

    async def ensure_indexes(self) -> None:
        await self._sessions.create_index("person_ids")
        await self._sessions.create_index("ends_at", expireAfterSeconds=0)

    async def add(self, started: StartedSession, tx: Tx) -> None:
        session = started.session
        document = {
            "_id": session.id,
            "person_ids": list(session.person_ids),
            "generation": session.generation,
            "signed_in_at": session.signed_in_at,
            "ends_at": session.ends_at,
            "signing_key": started.signing_key_id,
            "browser": started.browser,
        }
        await self._sessions.insert_one(document, session=tx.session)

    async def of(self, person_id: str, now: datetime) -> list[StartedSession]:
        """Those in which this is the person's own id, the latest first."""
        which = {"person_ids": person_id, "ends_at": {"$gt": now}}
        found = [_started(document) async for document in self._sessions.find(which).sort("signed_in_at", -1).limit(MOST_SHOWN)]
        return [one for one in found if one.session.person_id == person_id]

    async def get(self, id: str, tx: Tx) -> StartedSession | None:
        document = await self._sessions.find_one({"_id": id}, session=tx.session)
        return _started(document) if document else None

    async def forget(self, id: str, tx: Tx) -> None:
        await self._sessions.delete_one({"_id": id}, session=tx.session)

    async def forget_all(self, person_id: str, tx: Tx) -> None:
        """Forget those of the person with this id, whichever of theirs it is."""
        await self._sessions.delete_many({"person_ids": person_id}, session=tx.session)

    async def forget_signed(self, signing_key_id: str, tx: Tx) -> None:
        """Forget those that this key signed."""
        await self._sessions.delete_many({"signing_key": signing_key_id}, session=tx.session)


class OperatorIds:
    """The person ids of those who were operators when the service last started, so that it notices who no longer is."""

    def __init__(self, db: MongoDatabase) -> None:
        self._operators = db["operators"]

    async def all(self, tx: Tx) -> set[str]:
        return {document["_id"] async for document in self._operators.find({}, session=tx.session)}

    async def replace(self, ids: Collection[str], tx: Tx) -> None:
        await self._operators.delete_many({"_id": {"$nin": list(ids)}}, session=tx.session)
        for id in ids:
            await self._operators.update_one({"_id": id}, {"$setOnInsert": {"since": tx.now}}, upsert=True, session=tx.session)


def _started(document: Document) -> StartedSession:
    person_id, *also = document["person_ids"]
    session = SignInSession(
        document["_id"], person_id, document["generation"], document["signed_in_at"], document["ends_at"], tuple(also)
    )
    return StartedSession(session, document["signing_key"], document["browser"])


def _request(document: Document) -> SignInRequest:
    return SignInRequest(
        document["_id"],
        document["next"],
        document["expires_at"],
        tuple(document["person_ids"]),
        document["operator_id"],
        document["code_digest"],
        document["tries"],
        document["used"],
    )
