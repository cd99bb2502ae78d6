"""``/profile/wishes``: when, where and on what the signed-in person wants to work."""

from typing import Annotated, Any, Final, Literal, get_args

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from registration.attendees.domain.people import Person
from registration.people.pages.no_profile import no_profile
from registration.people.use_cases.own_attendee import AT_ME, OwnAttendee
from registration.people.use_cases.people import People
from shared.contract.events.fields import Day, Discipline, PlainTerm
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.pages.terms import terms_in
from shared.worded import Worded
from shared.wording.countries import country_code, country_name
from shared.wording.languages import Language, translatable, translations
from shared.wording.reason_texts import Words

_COUNTRIES: Final = ("countries", "work_permission")
_LISTS: Final = ("research_interests", "equipment")


ShortList = Annotated[list[PlainTerm], Field(max_length=25)]


class WishesForm(BaseModel):
    """The fields of the form. Several countries or terms are separated by commas."""

    starts: Day | None = None
    ends: Day | None = None
    hours_per_week: Annotated[int, Field(ge=1, le=80)] | None = None
    place: Literal["any", "site", "remote"] | None = None
    """Where: on site or remotely, only on site, only remotely; None: not stated."""
    countries: str = ""
    work_permission: str = ""
    discipline: Discipline | None = None
    research_interests: str = ""
    equipment: str = ""


class WishedTerms(BaseModel):
    """The terms among them."""

    research_interests: ShortList
    equipment: ShortList


_DONE: Final = {
    "saved": translatable("Saved. Your matches follow within minutes."),
}


def create_router(guard: Guard, own_attendee: OwnAttendee, people: People, pages: Pages) -> PageRouter:
    """``/profile/wishes``."""
    router = PageRouter()
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    async def page(request: Request, caller: Caller, form: Form | None = None) -> HTMLResponse:
        try:
            person = await own_attendee.act(caller, people.get)
        except NotFound:
            return no_profile(request, pages)
        language = pages.reader(request).language
        words = Words(translations(language, "registration"))
        return pages.page(
            "profile/wishes",
            request,
            area="attendee",
            form=form or _form_of(person, language),
            disciplines=sorted(((one, words.discipline(one)) for one in get_args(Discipline)), key=lambda one: one[1].casefold()),
            is_matched=person.agrees("matching"),
            done=_DONE,
        )

    @router.get("/profile/wishes")
    async def show_wishes(request: Request, caller: Own) -> HTMLResponse:
        """What you look for."""
        return await page(request, caller)

    @router.post("/profile/wishes")
    async def change_wishes(request: Request, caller: Own) -> Response:
        """Say when, where and on what you want to work. It replaces what you said before."""
        form = await read_form(request)
        try:
            wishes = form.check(WishesForm)
            details = _details(form, wishes, pages.reader(request).language)
            await own_attendee.act(caller, lambda mine, tx: people.declare(mine, details, AT_ME, tx))
        except Refusal as refusal:
            return await page(request, caller, form.refused(refusal))
        return see_other("/profile/wishes?done=saved")

    return router


def _form_of(person: Person, language: Language) -> Form:
    """The form with what the person has said so far."""
    times: dict[str, Any] = person.detail("availability") or {}
    remote, countries = times.get("remote"), times.get("countries")
    place = "" if remote is None else "any" if remote else "site"
    named = {name: ", ".join(country_name(code, language) for code in times.get(name) or ()) for name in _COUNTRIES}
    terms = {name: ", ".join(person.detail(name) or ()) for name in _LISTS}
    own = {name: times.get(name) for name in ("starts", "ends", "hours_per_week")}
    return Form.of(
        {"place": "remote" if countries == [] and remote is not False else place, "discipline": person.detail("discipline")}
        | own
        | named
        | terms
    )


def _details(form: Form, wishes: WishesForm, language: Language) -> dict[str, Any]:
    """The wishes as ``People.declare`` takes them. Raises ``FormFaults``."""
    faults: dict[str, str] = {}
    if wishes.starts and wishes.ends and wishes.ends < wishes.starts:
        faults["ends"] = Worded("is before the first day")

    def countries(name: str) -> list[str] | None:
        codes = {one: country_code(one, language) for one in terms_in(getattr(wishes, name))}
        if unknown := [one for one, code in codes.items() if code is None]:
            faults[name] = Worded("%(name)s is not a country that we know", name=unknown[0])
        return list(dict.fromkeys(filter(None, codes.values()))) or None

    times: dict[str, Any] = {
        "starts": wishes.starts and wishes.starts.isoformat(),
        "ends": wishes.ends and wishes.ends.isoformat(),
        "hours_per_week": wishes.hours_per_week,
        "countries": countries("countries"),
        "remote": None if wishes.place is None else wishes.place != "site",
        "work_permission": countries("work_permission"),
    }
    if wishes.place == "remote":
        times["countries"] = []
    if faults:
        raise FormFaults(form.with_faults(faults))
    return {
        "availability": None if all(value is None for value in times.values()) else times,
        "discipline": wishes.discipline,
        **form.build(WishedTerms, {name: [*dict.fromkeys(terms_in(getattr(wishes, name)))] for name in _LISTS}).model_dump(),
    }
