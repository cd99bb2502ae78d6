"""``/my``: what needs the attendee's answer, and their best matches; and the page on which they answer a nomination."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from matching.attendee_pages.courses import BADGES as APPLICATION_BADGES
from matching.attendee_pages.courses import standing
from matching.attendee_pages.match_cards import MatchCard, MatchReader
from matching.attendee_pages.placement_courses import BADGES
from matching.attendee_pages.reading import AREA, REFUSALS, Attendee, ids_of, voice
from matching.attendee_pages.turns import OwnThings, Turns
from matching.nominations.domain.nomination import Nomination, Viewer
from matching.nominations.domain.transitions import RULES, State
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, Seen, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

MOST_MATCHES: Final = 3
MOST_WAITING: Final = 5
_STATES: Final[dict[State, str]] = {
    "proposed": translatable("It is waiting for your answer."),
    "agreed": translatable("You agreed. The organization sees it, and you can apply."),
    "declined": translatable("You declined. The organization does not see it."),
    "withdrawn": translatable("The mentor withdrew it."),
    "expired": translatable("The programme has closed, so the nomination has ended."),
}


def create_router(
    guard: Guard,
    pages: Pages,
    reader: MatchReader,
    turns: Turns,
    nominations: Nominations,
    nominations_repository: NominationsRepository,
    database: Database,
) -> PageRouter:
    """``/my`` and ``/my/nominations``."""
    router = PageRouter()
    reading = guard("recommendations", attendee=True, people=True)
    answering = guard("nominations", attendee=True, people=True)

    @router.get("/my")
    async def show_overview(request: Request, caller: Annotated[Caller, Depends(reading)]) -> HTMLResponse:
        """What needs the attendee's answer."""
        says = voice(pages.reader(request))

        async def read(tx: Tx) -> tuple[Attendee, OwnThings, list[MatchCard]]:
            attendee = await reader.attendee(ids_of(caller), tx)
            own = await turns.find(attendee, says, tx)
            return attendee, own, await reader.cards(attendee, says, tx, most=MOST_MATCHES)

        attendee, own, cards = await database.transact(read)
        return pages.page(
            "attendee/overview",
            request,
            area=AREA,
            turns=own.turns,
            cards=cards,
            placements=[(one, BADGES[one.state]) for one in own.placements],
            ranked=own.ranked,
            waiting=[(one, APPLICATION_BADGES[one.state], standing(one, says)) for one in own.waiting[:MOST_WAITING]],
            agrees=attendee.agrees,
        )

    async def nomination_page(request: Request, caller: Caller, id: str, form: Form | None = None) -> HTMLResponse:
        nomination = await nominations_repository.get(id)
        if nomination is None or nomination.attendee_id not in ids_of(caller):
            raise NotFound("nomination", id)
        says = voice(pages.reader(request))
        possible = [one for one, rule in RULES.items() if rule.by == "nominee" and nomination.state in rule.sources]
        return pages.page(
            "attendee/nomination",
            request,
            area=AREA,
            nomination=nomination,
            possible=possible,
            state=says.gettext(_STATES[nomination.state]),
            form=form,
        )

    @router.get("/my/nominations/{id}")
    async def show_nomination(request: Request, id: Id, caller: Annotated[Caller, Depends(answering)]) -> HTMLResponse:
        """A nomination, with the mentor's words, and its answers."""
        return await nomination_page(request, caller, id)

    async def answer(request: Request, caller: Caller, id: str, agree: bool) -> Response:
        form = await read_form(request)
        viewer = Viewer(nominees=ids_of(caller))

        async def work(tx: Tx) -> Nomination:
            seen = form.check(Seen).version
            return await (nominations.agree if agree else nominations.decline)(id, seen, viewer, tx)

        try:
            await database.transact(work)
        except NotFound:
            raise
        except Refusal as refusal:
            return await nomination_page(request, caller, id, form.refused(refusal, REFUSALS))
        return see_other(f"/my/nominations/{id}")

    @router.post("/my/nominations/{id}/agree")
    async def agree(request: Request, id: Id, caller: Annotated[Caller, Depends(answering)]) -> Response:
        """Agree to be nominated."""
        return await answer(request, caller, id, agree=True)

    @router.post("/my/nominations/{id}/decline")
    async def decline(request: Request, id: Id, caller: Annotated[Caller, Depends(answering)]) -> Response:
        """Decline to be nominated, or take the agreement back."""
        return await answer(request, caller, id, agree=False)

    return router
