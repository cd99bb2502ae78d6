"""``/mentor/nominations``: a mentor's nominations, their outcomes, and how to nominate somebody."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from matching.applications.repository.applications import ApplicationsRepository
from matching.catalogue.repository import CatalogueRepository
from matching.mentoring import words
from matching.mentoring.mentor import NOW, OVER, Mentor, Mentoring
from matching.model.listings import Listing
from matching.nominations.domain.nomination import Viewer
from matching.nominations.domain.programmes import check_open, knows
from matching.nominations.domain.requests import MAX_NOTE, Proposal
from matching.nominations.domain.transitions import RULES
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from matching.recommendations.repository import CandidatesRepository
from matching.roles.repository import RolesRepository
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, Forbidden, NotFound, Refusal, Stale
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, Seen, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.problems import status_of

LISTED: Final = 100
MOST_PEOPLE: Final = 200
MOST_PROGRAMMES: Final = 100


class Somebody(NamedTuple):
    """Somebody whom the mentor may nominate, for the organization that knows their name."""

    organization_id: str
    attendee_id: str

    @property
    def value(self) -> str:
        """In a form. No id holds a slash."""
        return f"{self.organization_id}/{self.attendee_id}"


class NominationForm(BaseModel):
    """A nomination as it is typed."""

    who: str
    programme: str
    note: str = ""


def create_router(
    guard: Guard,
    pages: Pages,
    mentoring: Mentoring,
    nominations: Nominations,
    repository: NominationsRepository,
    applications: ApplicationsRepository,
    candidates: CandidatesRepository,
    catalogue: CatalogueRepository,
    roles: RolesRepository,
    database: Database,
) -> PageRouter:
    """``/mentor/nominations``."""
    router = PageRouter(prefix="/mentor/nominations")
    HostsPerson = Annotated[Caller, Depends(guard("nominations", organization=True, people=True))]  # noqa: N806 - a type

    async def named(mentor: Mentor) -> dict[Somebody, str]:
        """Everybody whose name an organization of the mentor's was told: mentees, and those who applied."""
        placements = [*await mentoring.placements(mentor, NOW), *await mentoring.placements(mentor, OVER)]
        names = await mentoring.names(placements)
        people = {Somebody(one.organization_id, one.attendee_id): names[one.id] for one in placements if one.id in names}
        for one in await applications.to_organizations(mentor.organizations, MOST_PEOPLE) if mentor.organizations else ():
            if one.letter:
                people.setdefault(Somebody(one.organization_id, one.attendee_id), one.letter.name)
        return people

    async def open_programmes(request: Request) -> list[Listing]:
        now = pages.reader(request).now
        return [one for one in await catalogue.programmes(MOST_PROGRAMMES) if _is_open(one, now)]

    async def known(mentor: Mentor, people: Mapping[Somebody, str], programmes: list[Listing]) -> dict[Somebody, str]:
        """Those of these people whom the mentor knows well enough to nominate for one of the programmes."""

        async def look(tx: Tx) -> dict[Somebody, str]:
            found = await candidates.get_many([one.attendee_id for one in people], tx)
            holders = await roles.get_many("organization", {one.organization_id for one in people})
            acquainted = {
                one: name
                for one, name in people.items()
                if (candidate := found.get(one.attendee_id))
                and not candidate.empty
                and (organization := holders.get(one.organization_id))
                and any(knows(id, organization, candidate, listing) for id in mentor.ids for listing in programmes)
            }
            count = Counter(acquainted.values())
            return {
                # Two of one name, or one whom two of the mentor's organizations know, are told apart.
                one: f"{name} ({holders[one.organization_id].name})" if count[name] > 1 else name
                for one, name in acquainted.items()
            }

        return await database.transact(look) if people and programmes else {}

    async def show(request: Request, caller: Caller, form: Form | None = None) -> HTMLResponse:
        mentor = await mentoring.mentor(caller)
        people, programmes = await named(mentor), await open_programmes(request)
        found = await repository.page(Viewer(mentors=mentor.ids), request.query_params.get("after", "")[:64], LISTED + 1)
        return pages.page(
            "mentoring/nominations",
            request,
            area="mentor",
            form=form,
            nominations=found[:LISTED],
            following=f"/mentor/nominations?after={found[LISTED - 1].id}" if len(found) > LISTED else "",
            names={one.attendee_id: name for one, name in people.items()},
            can_withdraw=RULES["withdraw"].sources,
            people=[(one.value, name) for one, name in sorted((await known(mentor, people, programmes)).items(), key=_by_name)],
            programmes=[(one.id, f"{one.title} ({one.organization})") for one in programmes],
            most=MAX_NOTE,
            words=words,
            done=words.DONE,
        )

    @router.get("")
    async def show_nominations(request: Request, caller: HostsPerson) -> HTMLResponse:
        """The mentor's nominations, and a form for another one."""
        return await show(request, caller)

    @router.get("/{id}")
    async def show_nomination(id: str, request: Request, caller: HostsPerson) -> HTMLResponse:
        """One of the mentor's nominations."""
        mentor = await mentoring.mentor(caller)
        nomination = await repository.get(id)
        if nomination is None or not Viewer(mentors=mentor.ids).sees(nomination):
            raise NotFound("nomination", id)
        return pages.page(
            "mentoring/nomination",
            request,
            area="mentor",
            one=nomination,
            names={one.attendee_id: name for one, name in (await named(mentor)).items()},
            can_withdraw=RULES["withdraw"].sources,
            words=words,
        )

    @router.post("")
    async def nominate(request: Request, caller: HostsPerson) -> Response:
        """Nominate somebody. The same again changes nothing."""
        form = await read_form(request)
        mentor = await mentoring.mentor(caller)
        try:
            proposal = _proposal(form)
            if proposal.organization_id not in mentor.organizations:
                raise FormFaults(form.with_faults({"who": words.UNKNOWN}))
            await database.transact(lambda tx: nominations.nominate(proposal, mentor.ids, tx))
        except (NotFound, Forbidden) as refusal:
            return await show(request, caller, form.with_faults({"who": words.UNKNOWN}, status_of(refusal)))
        except Refusal as refusal:
            return await show(request, caller, form.refused(refusal))
        return see_other("/mentor/nominations?done=nominated")

    @router.post("/{id}/withdraw")
    async def withdraw(id: str, request: Request, caller: HostsPerson) -> Response:
        """Take a nomination back."""
        form = await read_form(request)
        mentor = await mentoring.mentor(caller)
        viewer = Viewer(mentors=mentor.ids)
        try:
            seen = form.check(Seen).version
            await database.transact(lambda tx: nominations.withdraw(id, seen, viewer, tx))
        except FormFaults:
            return await show(request, caller, form.with_faults({"": words.STALE}))
        except (Stale, Conflict) as refusal:
            return await show(request, caller, form.refused(refusal, words.REFUSALS))
        return see_other("/mentor/nominations?done=withdrawn")

    return router


def _by_name(one: tuple[Somebody, str]) -> tuple[str, str]:
    return one[1].casefold(), one[0].value


def _is_open(listing: Listing, now: datetime) -> bool:
    try:
        check_open(listing, now)
    except Conflict:
        return False
    return True


def _proposal(form: Form) -> Proposal:
    """What the form says. Raises ``FormFaults``."""
    typed = form.check(NominationForm)
    organization, _, attendee = typed.who.partition("/")
    given = {"listing_id": typed.programme, "attendee_id": attendee, "organization_id": organization, "note": typed.note}
    return form.build(Proposal, given, {"listing_id": "programme", "attendee_id": "who", "organization_id": "who"})
