"""``/desk-listings/{org}/ideas``: what attendees of a host's conferences propose; the host asks to adopt it."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from listings.conferences.repository import ConferencesRepository
from listings.ideas.repository import IdeasRepository
from listings.ideas.use_cases import Ideas
from listings.organizations.guard import acted_for
from listings.organizations.repository import OrganizationsRepository
from listings.transactions import Transactions
from shared.contract.events.fields import Id
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, Seen, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

LISTED: Final = 30
"""Ideas on one page."""
_DONE: Final = {
    "asked": translatable("Asked. You will be told the author's answer."),
    "taken-back": translatable("Your request is withdrawn."),
}


def create_router(
    guard: Guard,
    ideas: Ideas,
    repository: IdeasRepository,
    organizations: OrganizationsRepository,
    conferences: ConferencesRepository,
    transactions: Transactions,
    pages: Pages,
) -> PageRouter:
    """Ideas that a host can see, and asking to adopt them."""
    router = PageRouter(prefix="/desk-listings/{org}/ideas")
    Hosting = Annotated[Caller, Depends(guard("ideas", organization=True, people=True))]  # noqa: N806 - a type

    async def page(request: Request, org: str, caller: Caller, form: Form | None = None) -> HTMLResponse:
        host = await acted_for(guard, organizations, caller, org)
        after = request.query_params.get("after", "")[:128]
        found = await repository.live(host.conference_ids if host.approved else [], after, LISTED + 1)
        return pages.page(
            "ideas/hosts",
            request,
            area="host",
            of=org,
            of_name=host.name,
            form=form,
            host=host,
            ideas=found[:LISTED],
            names=await conferences.named(host.conference_ids),
            more=found[LISTED - 1].id if len(found) > LISTED else "",
            done=_DONE,
        )

    async def command(request: Request, org: str, id: str, caller: Caller, *, asks: bool) -> Response:
        guard.owner(caller, "organization", org, organization_id=org)
        form, decide = await read_form(request), ideas.ask if asks else ideas.take_back
        try:
            seen = form.check(Seen).version
            await transactions.run(lambda tx: decide(org, id, seen, tx))
        except NotFound:
            raise
        except Refusal as refusal:
            return await page(request, org, caller, form.refused(refusal))
        return see_other(f"/desk-listings/{org}/ideas?done={'asked' if asks else 'taken-back'}")

    @router.get("")
    async def show_ideas(request: Request, org: Id, caller: Hosting) -> HTMLResponse:
        """What attendees propose."""
        return await page(request, org, caller)

    @router.post("/{id}/ask")
    async def ask(request: Request, org: Id, id: Id, caller: Hosting) -> Response:
        """Ask to adopt an idea."""
        return await command(request, org, id, caller, asks=True)

    @router.post("/{id}/take-back")
    async def take_back(request: Request, org: Id, id: Id, caller: Hosting) -> Response:
        """No longer ask to adopt an idea."""
        return await command(request, org, id, caller, asks=False)

    return router
