"""HTTP interface for operators: the keys that sign sessions."""

from datetime import datetime
from http import HTTPStatus

from fastapi import Depends
from pydantic import BaseModel, Field

from notifications.sign_in.domain import signing_key
from notifications.sign_in.repository import SigningKeys
from notifications.sign_in.use_cases.sessions import Sessions
from shared import clock
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class SigningKeyView(BaseModel):
    """A key that signs sessions, without its secret half."""

    id: str
    signs: bool = Field(description="whether new sessions are signed with it now")
    not_before: datetime = Field(description="it signs nothing before")
    signs_until: datetime
    ends_at: datetime = Field(description="the last session that it signed has ended by then")


def create_router(guard: Guard, sessions: Sessions, keys: SigningKeys, database: Database) -> Router:
    """``/signing-keys``."""
    router = Router(tags=["sign-in"], dependencies=[Depends(guard("operator", people=True))])

    @router.get("/signing-keys")
    async def get_signing_keys() -> list[SigningKeyView]:
        """The keys whose sessions may still hold, the oldest first."""
        known = await keys.all()
        now = signing_key(known, clock.now())
        return [
            SigningKeyView(
                id=key.key.public.id,
                signs=key == now,
                not_before=key.key.public.not_before,
                signs_until=key.signs_until,
                ends_at=key.key.public.ends_at,
            )
            for key in sorted(known, key=lambda key: key.number)
        ]

    @router.delete("/signing-keys/{id}", status_code=HTTPStatus.NO_CONTENT)
    async def delete_signing_key(id: Id) -> None:
        """Revoke a key: all sessions that it signed end, and another one signs from now on."""
        await database.transact(lambda tx: sessions.revoke_key(id, tx))

    return router
