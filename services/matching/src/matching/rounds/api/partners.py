"""HTTP interface: two attendees who go together on a match day."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field

from matching.rounds.api.rankings import AttendeeId
from matching.rounds.api.rounds import InPath, RoundTransactions, SelfCheck
from matching.rounds.domain.partners import PartnerCode, Partnership
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.partners import Partners
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class PartnershipView(BaseModel):
    """Whether the attendee goes together with somebody. Nobody learns from it who that is."""

    together: bool
    code: str | None = Field(description="what the other one enters to join; null once somebody has")

    @classmethod
    def of(cls, one: Partnership) -> "PartnershipView":
        return cls(together=one.partner_id is not None, code=one.shown_code or None)


def create_router(
    guard: Guard, partners: Partners, rounds: Rounds, partnerships: Partnerships, transact: RoundTransactions
) -> Router:
    """``/rounds/{id}/partners``. For signed-in attendees, other attendees and rounds that were not opened do not exist."""
    router = Router(prefix="/rounds/{id}/partners", tags=["rounds"])
    ranking = guard("rankings", attendee=True, people=True)
    check_self = SelfCheck(guard, rounds)

    @router.post("/{attendee_id}", status_code=201)
    async def draw_code(id: InPath, attendee_id: AttendeeId, caller: Annotated[Caller, Depends(ranking)]) -> PartnershipView:
        """Draw a code. Whoever enters it goes together with the attendee in this round. It replaces an earlier code.

        Attendees who are signed in act for themselves. Other attendees, and rounds that have not been opened, get 404.
        """
        await check_self(caller, attendee_id, id)
        return PartnershipView.of(await transact(lambda tx: partners.invite(id, [attendee_id], tx)))

    @router.put("/{attendee_id}")
    async def enter_code(
        id: InPath, attendee_id: AttendeeId, code: PartnerCode, caller: Annotated[Caller, Depends(ranking)]
    ) -> PartnershipView:
        """Enter the code that another attendee drew, and go together with them.

        Attendees who are signed in act for themselves. Other attendees, and rounds that have not been opened, get 404.
        """
        await check_self(caller, attendee_id, id)
        return PartnershipView.of(await transact(lambda tx: partners.join(id, [attendee_id], code, tx)))

    @router.get("/{attendee_id}")
    async def get_partnership(
        id: InPath, attendee_id: AttendeeId, caller: Annotated[Caller, Depends(ranking)]
    ) -> PartnershipView:
        """Return the attendee's code, or that they go together with somebody. Attendees who are signed in see their own."""
        await check_self(caller, attendee_id, id)
        if await rounds.get(id) is None:
            raise NotFound("round", id)
        found = await partnerships.of(id, [attendee_id])
        if found is None:
            raise NotFound("partnership of attendee", attendee_id, which=f"in round {id!r}")
        return PartnershipView.of(found)

    @router.delete("/{attendee_id}", status_code=204)
    async def end_partnership(id: InPath, attendee_id: AttendeeId, caller: Annotated[Caller, Depends(ranking)]) -> None:
        """Take the code back, or no longer go together: each of the two then takes part alone. Either may end it until the lock.

        Attendees who are signed in act for themselves; others get 404.
        """
        await check_self(caller, attendee_id, id)
        await transact(lambda tx: partners.end(id, [attendee_id], tx))

    return router
