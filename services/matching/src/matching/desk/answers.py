"""``/desk/{org}/applications/answers``: rejecting applicants, with time to undo it before they are notified."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from matching.applications.api.views import ApplicationView
from matching.applications.domain.transitions import RULES
from matching.applications.repository import ApplicationsRepository, PendingRejections
from matching.applications.use_cases.rejections import TIME_TO_UNDO, Rejections
from matching.desk.desk import Desk
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.refusals import Invalid
from shared.web.access.callers import Caller
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, see_other

MOST: Final = 100
"""The most applicants that can be rejected at once."""


def create_router(
    desk: Desk, rejections: Rejections, applications: ApplicationsRepository, pending: PendingRejections, database: Database
) -> PageRouter:
    """``/desk/{org}/applications/answers``."""
    router = PageRouter(prefix="/desk/{org}/applications/answers")
    hosting = desk.guard("applications", organization=True, people=True)

    async def views(ids: Sequence[str], org: str, caller: Caller) -> list[ApplicationView]:
        found = await database.transact(lambda tx: applications.get_many(ids, tx))
        its = {one.id: one for one in found if one.organization_id == org}
        return [ApplicationView.of(its[id], caller) for id in ids if id in its]

    @router.get("")
    async def show_answers(
        org: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        id: Annotated[list[Id], Query(max_length=MOST)] = [],  # noqa: B006 - FastAPI copies it
        left_out: Annotated[int, Query(ge=0, le=MOST)] = 0,
    ) -> Response:
        """The applicants about to be rejected, and recent rejections, which can be undone."""
        host = await desk.organization(caller, org)
        chosen = await views(list(dict.fromkeys(id)), org, caller)
        waiting = {one.application_id: one for one in await pending.of_host(org, MOST)}
        possible = [one for one in chosen if one.state in RULES["reject"].sources and one.id not in waiting]
        return desk.show(
            "answers",
            request,
            host,
            possible=possible,
            impossible=[one for one in chosen if one not in possible],
            waiting=[(one, waiting[one.id].at) for one in await views(list(waiting), org, caller)],
            left_out=left_out,
            minutes=int(TIME_TO_UNDO.total_seconds() // 60),
        )

    @router.post("")
    async def say_no(org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """Reject these applications, unless they have changed since. It can be undone for some minutes."""
        host = await desk.organization(caller, org)
        seen = _seen(await read_form(request))
        left_out = await database.transact(lambda tx: rejections.plan(org, seen, tx))
        return see_other(f"{host.path}/applications/answers?done=planned&left_out={len(left_out)}")

    @router.post("/undo")
    async def undo(org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """Undo these rejections if nobody has been told yet."""
        host = await desk.organization(caller, org)
        ids = (await read_form(request)).all("id")[:MOST]
        undone = await database.transact(lambda tx: rejections.undo(org, ids, tx))
        return see_other(f"{host.path}/applications/answers?done={'undone' if undone == len(ids) else 'too-late'}")

    return router


def _seen(form: Form) -> dict[str, int]:
    """The applications in the form, which are sent as ``id:version``."""
    seen: dict[str, int] = {}
    for one in form.all("answer")[:MOST]:
        id, _, version = one.rpartition(":")
        if not id or not version.isdecimal() or len(version) > 9:
            raise Invalid("answer", "must be an application with its version, as the page has it")
        seen[id] = int(version)
    return seen
