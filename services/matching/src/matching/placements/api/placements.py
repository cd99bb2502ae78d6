"""HTTP interface: placements, for attendees, hosts and operators."""

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Response

from matching.model.requests import RequestBody
from matching.placements.api.views import PlacementPage, PlacementView, only_mentors, sides_of, speaker
from matching.placements.domain.course import Speaker
from matching.placements.domain.placement import Placement, Side
from matching.placements.domain.requests import (
    Completion,
    Confirmation,
    End,
    Extension,
    Feedback,
    Gains,
    Hiring,
    ManualPlacement,
    Mentors,
    NoShow,
    SideReport,
    Start,
)
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from shared import clock
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound
from shared.web.access.callers import Caller, own_ids
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.preconditions import IfMatch, show_version

Body = TypeVar("Body", bound=RequestBody)
Act = Callable[[str, int, Speaker, Body, Tx], Awaitable[Placement]]


def create_router(guard: Guard, placements: Placements, repository: PlacementsRepository, database: Database) -> Router:
    """``/placements``. Signed-in attendees see and change their own; mentors, those of the people whom they look after; a
    host's other people and keys, those in its listings.

    For them, other placements do not exist. Every command needs the version that its sender saw (``If-Match``). A command
    that was already carried out gets the same answer again, whatever version is sent.
    """
    router = Router(prefix="/placements", tags=["placements"])
    taking_part = guard("placements", attendee=True, organization=True, people=True)
    operating = guard("operator", people=True)
    By = Annotated[Caller, Depends(taking_part)]  # noqa: N806 - a type

    async def known(id: str, caller: Caller) -> Placement:
        placement = await repository.get(id)
        if placement is None:
            raise NotFound("placement", id)
        guard.owner(caller, "placement", id, attendee_id=placement.attendee_id, organization_id=placement.organization_id or None)
        if not sides_of(caller, placement):
            raise NotFound("placement", id)
        return placement

    def shown(placement: Placement, caller: Caller, response: Response) -> PlacementView:
        show_version(response, placement.version)
        return PlacementView.of(placement, caller, clock.now().date())

    async def carry_out(
        act: Act[Body], id: str, seen: int, body: Body, caller: Caller, response: Response, only: Side | None = None
    ) -> PlacementView:
        side = body.side if isinstance(body, SideReport) else None
        who = speaker(caller, await known(id, caller), side, only)
        return shown(await database.transact(partial(act, id, seen, who, body)), caller, response)

    @router.get("")
    async def get_placements(
        caller: By,
        listing_id: Id | None = None,
        attendee_id: Id | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
        after: Annotated[Id | None, Query(description="the `next` of the previous page")] = None,
    ) -> PlacementPage:
        """Return placements: an attendee's own, those of a mentor's people, those of a host's listings, or all for operators."""
        hosts = caller.organization_ids
        found = await repository.page(
            after or "",
            limit + 1,
            listing_id=listing_id,
            attendee_id=attendee_id,
            attendees=caller.attendee_ids,
            organizations=None if hosts is None else [one for one in hosts if not only_mentors(caller, one)],
            mentored=[one for one in hosts or () if only_mentors(caller, one)],
            mentor_ids=own_ids(caller),
        )
        today = clock.now().date()
        items = [PlacementView.of(placement, caller, today) for placement in found[:limit]]
        return PlacementPage(items=items, next=items[-1].id if len(found) > limit else None)

    @router.post("", responses={HTTPStatus.CREATED: {"model": PlacementView, "description": "Created"}})
    async def assign(
        request: ManualPlacement, response: Response, caller: Annotated[Caller, Depends(operating)]
    ) -> PlacementView:
        """Give an attendee a free seat by hand, with a reason. Repeating the request changes nothing (200).

        Refused (409) if no seat is free, or if the attendee has another placement at that time.
        """
        placement, new = await database.transact(partial(placements.assign, request))
        if new:
            response.status_code = HTTPStatus.CREATED
            response.headers["Location"] = f"placements/{placement.id}"
        return shown(placement, caller, response)

    @router.get("/{id}")
    async def get_placement(id: Id, response: Response, caller: By) -> PlacementView:
        """Return the placement. Each side sees only its own feedback. Others get 404."""
        return shown(await known(id, caller), caller, response)

    @router.post("/{id}/start")
    async def start(id: Id, seen: IfMatch, response: Response, caller: By, start: Start | None = None) -> PlacementView:
        """Report whether the placement has started, from its first day. One side's report is enough."""
        return await carry_out(placements.start, id, seen, start or Start(), caller, response)

    @router.post("/{id}/no-show")
    async def no_show(id: Id, seen: IfMatch, response: Response, caller: By, no_show: NoShow | None = None) -> PlacementView:
        """Report, as the host, that the attendee did not come. The seat is free again."""
        return await carry_out(placements.no_show, id, seen, no_show or NoShow(), caller, response, "host")

    @router.post("/{id}/complete")
    async def complete(id: Id, seen: IfMatch, response: Response, caller: By, done: Completion | None = None) -> PlacementView:
        """Report that the placement was completed as planned, from its last day."""
        return await carry_out(placements.complete, id, seen, done or Completion(), caller, response)

    @router.post("/{id}/end")
    async def end(id: Id, end: End, seen: IfMatch, response: Response, caller: By) -> PlacementView:
        """End the placement early. The seat is free again, and final feedback is due on the last day.

        A seat of a match day binds both sides: until it starts, only an organizer releases from it.
        """
        return await carry_out(placements.end, id, seen, end, caller, response)

    @router.post("/{id}/extend")
    async def extend(id: Id, extension: Extension, seen: IfMatch, response: Response, caller: By) -> PlacementView:
        """Move the last day, as the host, and everything that depends on it. Feedback for the old day is asked for again."""
        return await carry_out(placements.extend, id, seen, extension, caller, response, "host")

    @router.post("/{id}/feedback")
    async def give_feedback(id: Id, feedback: Feedback, seen: IfMatch, response: Response, caller: By) -> PlacementView:
        """Give feedback. The other side does not see it. Contradictory answers get 422."""
        return await carry_out(placements.give_feedback, id, seen, feedback, caller, response)

    @router.post("/{id}/skills")
    async def name_skills(id: Id, gains: Gains, seen: IfMatch, response: Response, caller: By) -> PlacementView:
        """Name, as the host, the skills that the attendee gained, and a sentence that others may read, once it is over."""
        return await carry_out(placements.name_gains, id, seen, gains, caller, response, "host")

    @router.post("/{id}/confirm-skills")
    async def confirm_skills(id: Id, confirmation: Confirmation, seen: IfMatch, response: Response, caller: By) -> PlacementView:
        """Confirm, as the attendee, some of the skills that the host named."""
        return await carry_out(placements.confirm_skills, id, seen, confirmation, caller, response, "attendee")

    @router.post("/{id}/hire")
    async def hire(id: Id, hiring: Hiring, seen: IfMatch, response: Response, caller: By) -> PlacementView:
        """Report that the host employs the attendee, and as what."""
        return await carry_out(placements.hire, id, seen, hiring, caller, response)

    @router.put("/{id}/mentors")
    async def set_mentors(id: Id, mentors: Mentors, seen: IfMatch, response: Response, caller: By) -> PlacementView:
        """Set, as the host, which of its mentors look after the attendee."""
        return await carry_out(placements.set_mentors, id, seen, mentors, caller, response, "host")

    return router
