"""Pages about matches: the best ones, one with all its reasons, and those that the attendee has hidden."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from matching.applications.domain.application import Application
from matching.applications.repository.applications import ApplicationsRepository
from matching.attendee_pages.evidence import Evidence, EvidenceReader
from matching.attendee_pages.match_cards import MatchCard, MatchReader, with_seen
from matching.attendee_pages.reading import (
    AREA,
    REFUSALS,
    Attendee,
    Voice,
    conditions_of,
    ids_of,
    options,
    voice,
    web_page_of,
)
from matching.catalogue.repository import CatalogueRepository
from matching.engine.first_steps import STRONG, FirstSteps
from matching.invitations.use_cases import Invitations
from matching.model.listings import Listing
from matching.recommendations.hiding.domain import HiddenListing, WhyNot
from matching.recommendations.hiding.use_cases import HiddenMatches
from matching.recommendations.use_cases.explanations import Explanation, Explanations
from matching.recommendations.use_cases.first_steps import FirstStepsFinder
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard, public
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

WHY_NOT: Final = {
    "work": translatable("The work is not for me"),
    "place": translatable("The place"),
    "time": translatable("The dates or the hours"),
    "pay": translatable("The pay"),
    "host": translatable("The organization"),
    "other": translatable("Something else"),
}
_OBSTACLES: Final = {
    "host not approved": translatable("The organization is not approved yet."),
    "for the nominated only": translatable("It is open only to those whom a mentor nominated."),
    "not open yet": translatable("It does not take applications yet."),
    "no seats left": translatable("All of its places are taken."),
    "deadline passed": translatable("Its deadline has passed."),
    "only for the author of its idea so far": translatable("It was another attendee's idea, and they may apply first."),
    "dates": translatable("Its dates do not fit the time that you gave in your profile."),
    "hours": translatable("It takes more hours a week than you gave in your profile."),
    "place": translatable("Its place is not among those in your profile."),
    "work permission": translatable("It needs a work permission that your profile does not name."),
    "nothing in common": translatable("It has nothing in common with your profile."),
    "too weak": translatable("It has little in common with your profile."),
}
_AVAILABILITY: Final = ("dates", "hours", "place", "work permission")
"""The obstacles that an attendee can change at ``/profile/wishes``."""
_CLOSED: Final = translatable("It is closed.")
_SEEN: Final = "seen-matches"
"""A cookie; see ``match_cards``."""
_YEAR: Final = 365 * 86_400
DONE: Final = {
    "hidden": translatable("Hidden. It is no longer recommended to you."),
    "shown": translatable("It may be recommended to you again, within a minute."),
}


class HideForm(BaseModel):
    """What the form for hiding a listing sends."""

    why: WhyNot | None = None


def create_router(
    guard: Guard,
    pages: Pages,
    reader: MatchReader,
    evidence: EvidenceReader,
    explanations: Explanations,
    first_steps: FirstStepsFinder,
    hiding: HiddenMatches,
    catalogue: CatalogueRepository,
    applications: ApplicationsRepository,
    invitations: Invitations,
    database: Database,
) -> PageRouter:
    """``/my/matches``."""
    router = PageRouter()
    reading = guard("recommendations", attendee=True, people=True)
    By = Annotated[Caller, Depends(reading)]  # noqa: N806 - a type

    async def matches_page(request: Request, caller: Caller) -> HTMLResponse:
        says = voice(pages.reader(request))
        seen = request.cookies.get(_SEEN, "")

        async def read(tx: Tx) -> tuple[Attendee, list[MatchCard], FirstSteps | None, list[HiddenListing]]:
            attendee = await reader.attendee(ids_of(caller), tx)
            cards = await reader.cards(attendee, says, tx, seen)
            weak = attendee.agrees and not any(card.score >= STRONG for card in cards)
            steps = await first_steps.find(attendee.candidate, tx) if attendee.candidate and weak else None
            return attendee, cards, steps, await reader.hidden(attendee, tx)

        attendee, cards, steps, hidden = await database.transact(read)
        response = pages.page(
            "attendee/matches",
            request,
            area=AREA,
            cards=cards,
            steps=steps,
            enumerated=says.words.enumerated,
            hidden=[(one, says.gettext(WHY_NOT[one.why]) if one.why else "") for one in hidden],
            agrees=attendee.agrees,
            done=DONE,
        )
        remembered = with_seen(seen, attendee, cards, says.reader.now.toordinal())
        response.set_cookie(_SEEN, remembered, max_age=_YEAR, path="/my", secure=True, httponly=True, samesite="lax")
        return response

    @router.get("/my/matches")
    async def show_matches(request: Request, caller: By) -> HTMLResponse:
        """The attendee's best matches, each with its reasons."""
        return await matches_page(request, caller)

    async def explained(caller: Caller, listing_id: str, tx: Tx) -> tuple[Attendee, Listing, Explanation | None]:
        attendee = await reader.attendee(ids_of(caller), tx)
        listing = (await catalogue.listings([listing_id], tx)).get(listing_id)
        if listing is None:
            raise NotFound("listing", listing_id)
        try:
            return attendee, listing, await explanations.explain(attendee.id, listing_id, tx)
        except NotFound:  # it is closed, or matching does not know the attendee
            return attendee, listing, None

    async def match_page(
        request: Request, caller: Caller, listing_id: str, form: Form | None = None, hide: bool = False
    ) -> HTMLResponse:
        """``hide``: whether the form for hiding is open."""
        says = voice(pages.reader(request))

        async def read(
            tx: Tx,
        ) -> tuple[
            Attendee, Listing, Explanation | None, list[str], Evidence | None, list[HiddenListing], Application | None, bool
        ]:
            attendee, listing, explanation = await explained(caller, listing_id, tx)
            match = explanation.match if explanation else None
            return (
                attendee,
                listing,
                explanation,
                await reasons_of(says, explanation, listing, tx),
                await evidence.read(match, listing, attendee, says, tx) if match else None,
                await reader.hidden(attendee, tx),
                latest(await applications.for_listing(listing_id, attendee.ids, tx)),
                await invitations.invited(attendee.ids, listing_id, tx),
            )

        attendee, listing, explanation, reasons, seen, hidden, application, invited = await database.transact(read)
        obstacle = explanation.obstacle if explanation else "" if listing.open else "closed"
        hidden_now = next((one for one in hidden if one.listing_id == listing_id), None)
        return pages.page(
            "attendee/match",
            request,
            area=AREA,
            listing=listing,
            url=web_page_of(listing),
            reasons=reasons,
            evidence=seen,
            enumerated=says.words.enumerated,
            score=explanation.match.score if explanation and explanation.match else None,
            conditions=says.conditions(conditions_of(listing)),
            obstacle=says.gettext(_OBSTACLES.get(obstacle, _CLOSED)) if obstacle else "",
            about_wishes=obstacle in _AVAILABILITY,
            open=listing.open,
            asks_why=hide or bool(form and form.faults),
            application=application,
            invited=invited and application is None and not hidden_now,
            hidden=hidden_now,
            known=attendee.candidate is not None,
            why_not=options(WHY_NOT, says.gettext),
            form=form or Form.of({"why": hidden_now and hidden_now.why}),
        )

    async def reasons_of(says: Voice, explanation: Explanation | None, listing: Listing | None, tx: Tx) -> list[str]:
        match = explanation.match if explanation else None
        if match is None or listing is None:
            return []
        return (await reader.reasons([match], {listing.id: listing}, says, tx, most=20))[listing.id]

    @router.get("/my/matches/{listing_id}")
    async def show_match(request: Request, listing_id: Id, caller: By, hide: bool = False) -> HTMLResponse:
        """How the attendee and the listing match, and the listing's details."""
        return await match_page(request, caller, listing_id, hide=hide)

    @router.get(
        "/my/matches/{listing_id}/why",
        dependencies=[Depends(public("part of a public page: reasons only for whoever is signed in"))],
    )
    async def show_why(request: Request, listing_id: Id) -> Response:
        """Why the listing suits the reader: a part that its page loads. Without scripts, it is a link."""
        if request.headers.get("hx-request") != "true":
            return see_other(f"/my/matches/{listing_id}")
        session = await guard.people.session(request) if guard.people else None
        says = voice(pages.reader(request))
        reasons: Sequence[str] = ()
        if session is not None:
            ids = session.person_ids

            async def read(tx: Tx) -> list[str]:
                try:
                    explanation = await explanations.explain((await reader.attendee(ids, tx)).id, listing_id, tx)
                except NotFound:
                    return []
                return await reasons_of(says, explanation, (await catalogue.listings([listing_id], tx)).get(listing_id), tx)

            reasons = await database.transact(read)
        response = pages.page("attendee/why", request, listing_id=listing_id, reasons=reasons)
        response.headers["Vary"] = f"{response.headers['Vary']}, HX-Request"
        return response

    @router.post("/my/matches/{listing_id}/hide")
    async def hide(request: Request, listing_id: Id, caller: By) -> Response:
        """Recommend the listing no longer."""
        form = await read_form(request)
        try:
            why = form.check(HideForm).why

            async def work(tx: Tx) -> None:
                await hiding.hide((await reader.attendee(ids_of(caller), tx)).id, listing_id, why, tx)

            await database.transact(work)
        except NotFound:
            raise
        except Refusal as refusal:
            return await match_page(request, caller, listing_id, form.refused(refusal, REFUSALS))
        return see_other("/my/matches?done=hidden")

    @router.post("/my/matches/{listing_id}/show-again")
    async def show_again(listing_id: Id, caller: By) -> Response:
        """Hide the listing no longer."""
        await database.transact(lambda tx: hiding.show_again(ids_of(caller), listing_id, tx))
        return see_other("/my/matches?done=shown")

    return router


def latest(applications: Sequence[Application]) -> Application | None:
    """The one of a person's applications for a listing that counts: it may still come to something, or was sent last."""
    return max(applications, key=lambda one: (one.live, one.submitted_at), default=None)
