"""HTTP interface for operators: the audit of the service."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from shared.web.access.audit import Entry
from shared.web.access.audit_trail import AuditTrail
from shared.web.access.guard import Guard
from shared.web.access.roles import Role
from shared.web.access.router import Router
from shared.web.access.scopes import Scope

MAX_LISTED: Final = 500

Name = Annotated[str, Query(max_length=100)]


class AuditEntry(BaseModel):
    """A request that may have changed something, by a known caller."""

    id: str
    at: datetime
    key_id: str | None = Field(description="of the API key; null for a person")
    person_id: str | None = Field(description="of the person who was signed in; null for a key")
    session_id: str | None
    scopes: list[Scope] = Field(description="the key's scopes that allowed the request; empty if it was refused")
    roles: list[Role] = Field(description="the person's roles that allowed the request")
    method: str
    route: str = Field(description="the path with the names of its parameters, such as `/keys/{id}`")
    ids: dict[str, str] = Field(description="the parameters of the path, without addresses and tokens")
    status: int = Field(description="of the response")
    correlation_id: str

    @classmethod
    def of(cls, id: str, entry: Entry) -> "AuditEntry":
        """The entry as it is shown."""
        return cls(
            id=id,
            at=entry.at,
            key_id=entry.actor.key_id or None,
            person_id=entry.actor.person_id or None,
            session_id=entry.actor.session_id or None,
            scopes=sorted(entry.actor.scopes),
            roles=sorted(entry.actor.roles),
            method=entry.method,
            route=entry.route,
            ids=dict(entry.ids),
            status=entry.status,
            correlation_id=entry.correlation_id,
        )


class AuditPage(BaseModel):
    """A page of entries, newest first. `next`: the `after` of the next page; null on the last one."""

    entries: list[AuditEntry]
    next: str | None


def create_router(guard: Guard, trail: AuditTrail) -> Router:
    """``/audit``."""
    router = Router(tags=["operation"])

    @router.get("/audit", dependencies=[Depends(guard("operator", people=True))])
    async def get_audit(
        caller: Annotated[Name, Query(description="only entries of this key, person or session")] = "",
        after: Annotated[Name, Query(description="the `next` of the previous page")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 50,
    ) -> AuditPage:
        """Return who changed what in this service in the last 90 days."""
        page = await trail.page(limit, after, caller)
        return AuditPage(entries=[AuditEntry.of(id, entry) for id, entry in page.entries.items()], next=page.next or None)

    return router
