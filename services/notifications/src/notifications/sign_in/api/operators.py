"""HTTP interface for operators: ending the sessions of one person, and the keys that sign sessions."""

from datetime import datetime
from http import HTTPStatus
from typing import Self

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from notifications.sign_in.domain import SESSION_KEYS
from notifications.sign_in.use_cases.sessions import Sessions
from notifications.sign_in.use_cases.sign_ins import SignIns
from shared import clock
from shared.contract.events.fields import Email, Id
from shared.database.mongo import Database, Tx
from shared.database.signing_keys import SigningKeys
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class Whose(BaseModel):
    """A person, by an address or an id. They are sent in the body, because URLs end up in logs."""

    model_config = ConfigDict(extra="forbid")

    email: Email | None = Field(default=None, description="the address with which they sign in")
    person_id: Id | None = Field(default=None, description="any of their ids, as an attendee or as a member of a host's staff")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.email is None) == (self.person_id is None):
            raise ValueError("give either email or person_id")
        return self


class EndedSessions(BaseModel):
    """The person whose sessions ended."""

    person_ids: list[str] = Field(description="all ids of the address, or the id that was given; empty if nobody has the address")


class SigningKeyView(BaseModel):
    """A key that signs sessions, without its secret half."""

    id: str
    signs: bool = Field(description="whether new sessions are signed with it now")
    not_before: datetime = Field(description="when it starts to sign")
    signs_until: datetime
    ends_at: datetime = Field(description="when the last session that it signed has ended")


def create_router(guard: Guard, sign_ins: SignIns, sessions: Sessions, keys: SigningKeys, database: Database) -> Router:
    """``/sessions/end`` and ``/signing-keys``."""
    router = Router(tags=["sign-in"], dependencies=[Depends(guard("operator", people=True))])

    @router.post("/sessions/end")
    async def end_sessions(whose: Whose) -> EndedSessions:
        """Sign a person out everywhere, and void their unused links. They can sign in again by passkey or mail."""

        async def end(tx: Tx) -> EndedSessions:
            if whose.email is not None:
                return EndedSessions(person_ids=await sign_ins.end_all(whose.email, tx))
            ids = [str(whose.person_id)]
            await sessions.end_all(ids, tx)
            return EndedSessions(person_ids=ids)

        return await database.transact(end)

    @router.get("/signing-keys")
    async def get_signing_keys() -> list[SigningKeyView]:
        """Return the keys whose sessions may still be valid, the oldest first."""
        known = await keys.all()
        now = SESSION_KEYS.signing(known, clock.now())
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
        """Revoke a key: all sessions that it signed end, and another key signs from now on."""
        await database.transact(lambda tx: sessions.revoke_key(id, tx))

    return router
