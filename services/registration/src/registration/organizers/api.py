"""The organizers of a conference."""

from typing import Annotated, Self

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from registration.organizers.use_cases import Organizer, Organizers
from shared.contract.events.fields import Email, Id, PlainLine
from shared.contract.events.registration import MOST_ORGANIZERS
from shared.database.mongo import Database
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class OrganizerSpec(BaseModel):
    """Somebody who organizes the conference."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    name: PlainLine | None = Field(default=None, description="how mails greet them, until they give a name themselves")


class OrganizersSpec(BaseModel):
    """All organizers of a conference."""

    model_config = ConfigDict(extra="forbid")

    organizers: list[OrganizerSpec] = Field(max_length=MOST_ORGANIZERS)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        seen: set[str] = set()
        for organizer in self.organizers:
            if organizer.email in seen:
                raise ValueError(f"organizers: {organizer.email} occurs more than once")
            seen.add(organizer.email)
        return self


class OrganizerView(BaseModel):
    """Somebody who organizes the conference."""

    person_id: str = Field(description="the person's id, as in the event that announces the conference")
    email: str
    name: str | None = Field(description="the name given here, not by the person")


class OrganizersView(BaseModel):
    """All organizers of a conference, by their addresses."""

    organizers: list[OrganizerView]

    @classmethod
    def of(cls, organizers: list[Organizer]) -> Self:
        return cls(organizers=[OrganizerView(**organizer._asdict()) for organizer in organizers])


def create_router(guard: Guard, organizers: Organizers, database: Database) -> Router:
    """``/conferences/{id}/organizers``."""
    router = Router(prefix="/conferences/{id}/organizers", tags=["conferences"])
    Allowed = Annotated[Caller, Depends(guard("conferences", conference=True, people=True))]  # noqa: N806 - a type

    @router.put("")
    async def put_organizers(id: Id, spec: OrganizersSpec, caller: Allowed) -> OrganizersView:
        """Set the organizers of the conference; anybody not named stops being one. Repeating the request changes nothing.

        An organizer signs in with this address, and can then change the conference, its schedule and its organizers, run its
        rounds and see its insight. They become an attendee, if they are not one yet, without consent to mails or matching.
        """
        guard.conference(caller, id)
        names = {organizer.email: organizer.name for organizer in spec.organizers}
        return OrganizersView.of(await database.transact(lambda tx: organizers.put(id, names, tx)))

    @router.get("")
    async def get_organizers(id: Id, caller: Allowed) -> OrganizersView:
        """Return the organizers of the conference."""
        guard.conference(caller, id)
        return OrganizersView.of(await database.transact(lambda tx: organizers.get(id, tx)))

    return router
