"""API keys: issued, listed, revoked."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query

from registration.keys.domain import Key
from registration.keys.schemas import IssuedKey, KeyList, KeySpec, KeyView
from registration.keys.use_cases import PAGE, KeyManager
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.web.access.guard import Guard
from shared.web.access.router import Router


def create_router(guard: Guard, key_manager: KeyManager, database: Database) -> Router:
    """``/keys``."""
    router = Router(prefix="/keys", tags=["keys"])
    Allowed = Annotated[Key, Depends(guard("keys", conference=True, organization=True))]  # noqa: N806 - a type

    @router.post("", status_code=HTTPStatus.CREATED)
    async def post_key(new: KeySpec, key: Allowed) -> IssuedKey:
        """Issue a key. It can do no more than the key that issues it."""

        async def issue(tx: Tx) -> IssuedKey:
            return IssuedKey.with_text(*await key_manager.issue(**dict(new), tx=tx, issuer=key))

        return await database.transact(issue)

    @router.get("")
    async def get_keys(
        key: Allowed,
        after: Annotated[Id | None, Query(description="the `next` of the previous page")] = None,
        attendee_id: Annotated[
            Id | None, Query(description="only this person's own keys; without it, all keys but people's own")
        ] = None,
    ) -> KeyList:
        """Return the keys that can do no more than the caller's, including revoked and expired ones."""
        keys = await key_manager.page(by=key, attendee_id=attendee_id, after=after)
        return KeyList(keys=[KeyView.of(one) for one in keys], next=keys[-1].id if len(keys) == PAGE else None)

    @router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
    async def delete_key(id: Id, key: Allowed) -> None:
        """Revoke a key, at once. The last key that can manage keys cannot be revoked: the response is 409."""
        await database.transact(lambda tx: key_manager.revoke(id, tx, by=key))

    return router
