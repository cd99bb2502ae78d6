"""Applying: the form, then a preview of exactly what the host will see, then sending."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from matching.applications.domain.application import Application
from matching.applications.domain.requests import MAX_LINKS, MAX_NOTE, Letter
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants, Preview
from matching.applications.use_cases.obstacles import Kind
from matching.attendee_pages.matches import latest
from matching.attendee_pages.reading import AREA, REFUSALS, Attendee, attendee_of, conditions_of, ids_of, voice
from matching.catalogue.repository import CatalogueRepository
from matching.model.terms import Terms
from matching.recommendations.repository import CandidatesRepository
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

_OBSTACLES: Final[dict[Kind, str]] = {
    "applied": translatable("You have already applied for it."),
    "decided": translatable("This has been decided. Only the organization can reopen it."),
    "no_consent": translatable("You have not agreed to be matched. You can agree in your profile, then apply."),
    "listing_closed": translatable("It no longer takes applications."),
    "nominated_only": translatable("It is open only to those whom a mentor nominated, once they have agreed."),
    "author_first": translatable(
        "It was another attendee's idea, and they may apply first. Everybody else may apply a few days later."
    ),
    "placed": translatable("You have a placement at that time, which leaves no hours for this one."),
    "too_many": translatable("You have too many applications that are not decided. Withdraw one first."),
}
_REMEDIES: Final[dict[Kind, tuple[str, str]]] = {
    "no_consent": ("/profile/consent", translatable("See what you agree to")),
    "too_many": ("/my/applications", translatable("All applications")),
    "placed": ("/my", translatable("Your placements")),
}
"""The page on which an attendee can do something about it, and what its link is called."""
_MISMATCHES: Final = {
    "dates": translatable("Its dates do not fit the time that you gave in your profile. You can apply all the same."),
    "hours": translatable("It takes more hours a week than you gave in your profile. You can apply all the same."),
    "place": translatable("Its place is not among those in your profile. You can apply all the same."),
    "work permission": translatable("It needs a work permission that your profile does not name. You can apply all the same."),
}
PATH: Final = "/my/matches/{listing_id}/apply"
_LONGEST_ID: Final = 40


def create_router(
    guard: Guard,
    pages: Pages,
    applicants: Applicants,
    applications: ApplicationsRepository,
    candidates: CandidatesRepository,
    catalogue: CatalogueRepository,
    terms: Terms,
    database: Database,
) -> PageRouter:
    """``/my/matches/{listing_id}/apply``."""
    router = PageRouter()
    By = Annotated[Caller, Depends(guard("applications", attendee=True, people=True))]  # noqa: N806 - a type

    async def form_page(
        request: Request,
        caller: Caller,
        listing_id: str,
        form: Form | None = None,
        unsent: str = "",
    ) -> HTMLResponse:
        """The form, or with the id of an ``unsent`` letter, what the host will see of it."""
        says = voice(pages.reader(request))

        async def read(tx: Tx) -> tuple[Preview, Application | None, dict[str, str], str]:
            attendee = await attendee_of(ids_of(caller), candidates, tx)
            preview = await applicants.preview(attendee.id, listing_id, tx, opens=attendee.candidate is not None)
            before = preview.application
            if len(attendee.ids) > 1:
                before = latest(await applications.for_listing(listing_id, attendee.ids, tx))
            conferences = await catalogue.conference_names(preview.profile.conference_ids, tx)
            return preview, before, conferences, await _name(attendee, before, tx) if form is None else ""

        preview, before, conferences, name = await database.transact(read)
        last = before.letter if before else None
        links = "\n".join(last.links) if last else ""
        start = Form.of({"name": name, "note": last and last.note, "links": links, "version": before and before.version})
        return pages.page(
            "attendee/apply",
            request,
            area=AREA,
            listing=preview.listing,
            conditions=says.conditions(conditions_of(preview.listing)),
            profile=preview.profile,
            conferences=sorted(conferences.values()),
            asked={terms.name(key).casefold() for key in preview.listing.requested_terms},
            discipline=says.words.discipline,
            answer_days=preview.answer_days,
            answers=preview.answers,
            obstacles=[(says.gettext(_OBSTACLES[one.kind]), _REMEDIES.get(one.kind)) for one in preview.obstacles],
            mismatch=says.gettext(_MISMATCHES[preview.mismatch]) if preview.mismatch in _MISMATCHES else "",
            application=before,
            letter=_letter(form) if form and unsent else None,
            unsent=unsent,
            form=start.refilled(form),
            typed=form is not None,
            most_note=MAX_NOTE,
            most_links=MAX_LINKS,
        )

    async def _name(attendee: Attendee, before: Application | None, tx: Tx) -> str:
        """Their name in the last application they sent, so nobody has to type it twice."""
        if before and before.letter:
            return before.letter.name
        sent = await applications.of_attendees(attendee.ids, 0, 10, tx)
        return next((one.letter.name for one in sent if one.letter), "")

    @router.get(PATH)
    async def show_form(request: Request, listing_id: Id, caller: By, letter: str = "", change: bool = False) -> HTMLResponse:
        """The form for applying, with the last letter that was not sent; or what the host will see of such a ``letter``."""
        fields = await applications.unsent_letters.find(ids_of(caller), listing_id, letter[:_LONGEST_ID])
        form = Form.of(fields) if fields else None
        return await form_page(request, caller, listing_id, form, unsent="" if change or not form else letter)

    @router.post(PATH)
    async def apply(request: Request, listing_id: Id, caller: By) -> Response:
        """Keep what was typed and go on to what the host will see of it, or send it."""
        form = await read_form(request)
        try:
            letter = _letter(form)
        except FormFaults as faults:
            return await form_page(request, caller, listing_id, form.refused(faults))
        if form.get("step") != "send":

            async def keep(tx: Tx) -> str:
                attendee = await attendee_of(ids_of(caller), candidates, tx)
                fields = {name: form.get(name) for name in ("name", "note", "links")}
                return await applications.unsent_letters.add(attendee.id, listing_id, fields, tx)

            return see_other(f"/my/matches/{listing_id}/apply?letter={await database.transact(keep)}")
        version = form.get("version")
        seen = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None

        async def send(tx: Tx) -> Application:
            attendee = await attendee_of(ids_of(caller), candidates, tx)
            await applications.unsent_letters.forget(attendee.ids, tx, listing_id)
            return (await applicants.apply(attendee.id, listing_id, letter, tx, seen))[0]

        try:
            application = await database.transact(send)
        except NotFound:
            raise
        except Refusal as refusal:
            return await form_page(request, caller, listing_id, form.refused(refusal, REFUSALS))
        return see_other(f"/my/applications/{application.id}?done=applied")

    return router


def _letter(form: Form) -> Letter:
    """What was typed. Raises ``FormFaults``."""
    links = [line.strip() for line in form.get("links").split("\n")]
    return Form({**form.values, "links": links}).check(Letter, lists=("links",))
