"""``/my-ideas``: an attendee proposes projects, and answers the hosts that ask to adopt them."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from listings.conferences.repository import ConferencesRepository, skills_of
from listings.ideas.domain.idea import Idea
from listings.ideas.domain.proposal import Proposal
from listings.ideas.domain.transitions import RULES
from listings.ideas.repository import AuthorsRepository, IdeasRepository
from listings.ideas.use_cases import MOST_IDEAS, Ideas
from listings.organizations.repository import OrganizationsRepository
from listings.transactions import Transactions
from shared.contract.events.fields import Id
from shared.database.mongo import Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller, own_ids
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, Seen, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.pages.terms import terms_in
from shared.wording.languages import translatable

_DONE: Final = {
    "proposed": translatable("Proposed. Hosts of your conferences see it, but not who wrote it."),
    "agreed": translatable("Agreed. It is now a draft of that host, and you are credited."),
    "declined": translatable("The host is told that it will not have the idea."),
    "withdrawn": translatable("Withdrawn. Hosts no longer see it."),
    "given-way": translatable("Everybody may apply now."),
}
NO_SESSION: Final = translatable("none of them")
MOST_SESSIONS: Final = 400
"""The most sessions to choose from."""
MOST_SUGGESTED: Final = 200


class IdeaForm(BaseModel):
    """An idea as typed. Its meaning is checked as a ``Proposal``."""

    title: str = ""
    text: str = ""
    skills: str = ""
    session: str = ""
    conference_ids: list[str] = Field(default=[], max_length=200)


class AnswerForm(Seen):
    """The host that the author answers, and the version that the author saw."""

    organization_id: Id


def create_router(
    guard: Guard,
    ideas: Ideas,
    repository: IdeasRepository,
    authors: AuthorsRepository,
    organizations: OrganizationsRepository,
    conferences: ConferencesRepository,
    transactions: Transactions,
    pages: Pages,
) -> PageRouter:
    """``/my-ideas`` and its actions."""
    router = PageRouter(prefix="/my-ideas")
    Own = Annotated[Caller, Depends(guard("ideas", attendee=True, people=True))]  # noqa: N806 - a type

    async def find(caller: Caller, key: str) -> Idea:
        """The caller's idea, under any of their ids. ``key`` may also be its id, as in mails. Raises ``NotFound``."""
        for id in own_ids(caller):
            if idea := await repository.by_key(id, key):
                return idea
        idea = await repository.idea(key)
        if idea and idea.attendee_id in own_ids(caller):
            return idea
        raise NotFound("idea", key)

    async def own(caller: Caller) -> list[Idea]:
        found = [idea for id in own_ids(caller) for idea in await repository.of_author(id, "", MOST_IDEAS)]
        return sorted(found, key=lambda idea: idea.proposed_at, reverse=True)

    async def author(caller: Caller) -> tuple[str, Sequence[str]]:
        """The id under which the caller proposes, and the conferences that they attended."""
        known = await authors.known(own_ids(caller))
        for id in own_ids(caller):
            if id in known and known[id].conference_ids:
                return id, known[id].conference_ids
        return "", ()

    async def editor(
        request: Request, caller: Caller, key: str, idea: Idea | None, form: Form | None = None, *, unsaved: bool = False
    ) -> HTMLResponse:
        """``unsaved``: whether the form has what somebody typed, which is shown even if the idea cannot be changed now."""
        _, attended = await author(caller)
        known = await conferences.get_many(attended)
        names = {id: id for id in attended} | {one.id: one.name for one in known}
        sessions = [(f"{one.id}/{id}", f"{title} ({one.name})") for one in known for id, title in one.sessions][:MOST_SESSIONS]
        if form is None:
            form = _typed(idea.proposal) if idea else Form.of({"conference_ids": list(names) if len(names) == 1 else []})
        ids = [id for id in (*idea.asked_by, idea.organization_id) if id] if idea else []
        hosts = {host.id: host for host in await organizations.organizations("", len(ids), ids)} if ids else {}
        return pages.page(
            "ideas/idea",
            request,
            area="attendee",
            form=form,
            key=key,
            idea=idea,
            asking=[hosts[id] for id in idea.asked_by if id in hosts] if idea else [],
            adopter=hosts.get(idea.organization_id or "") if idea else None,
            conferences=list(names.items()),
            sessions=[("", pages.gettext(request)(NO_SESSION)), *sessions],
            skills=skills_of([one.skills for one in known], MOST_SUGGESTED),
            may_change=(idea.state if idea else None) in RULES["propose"].sources,
            unsaved=unsaved,
            may_withdraw=idea is not None and idea.state in RULES["withdraw"].sources,
            done=_DONE,
        )

    @router.get("")
    async def show_ideas(request: Request, caller: Own) -> HTMLResponse:
        """Your ideas, and their states."""
        id, _ = await author(caller)
        return pages.page("ideas/mine", request, area="attendee", ideas=await own(caller), may_propose=bool(id))

    @router.get("/turn")
    async def show_turn(request: Request, caller: Own) -> Response:
        """Which of your ideas wait for your answer: a part that ``/my`` loads. Without scripts, it is a link."""
        if request.headers.get("hx-request") != "true":
            return see_other("/my-ideas")
        waiting = [idea for idea in await own(caller) if idea.live and idea.asked_by]
        return pages.page("ideas/turn", request, ideas=waiting)

    @router.get("/new")
    async def show_new(request: Request, caller: Own) -> HTMLResponse:
        """Propose an idea."""
        return await editor(request, caller, secrets.token_hex(6), None)

    @router.get("/{key}")
    async def show_idea(request: Request, key: Id, caller: Own) -> HTMLResponse:
        """One of your ideas, with the hosts that ask to adopt it."""
        idea = await find(caller, key)
        return await editor(request, caller, idea.key, idea)

    @router.post("/{key}")
    async def propose(request: Request, key: Id, caller: Own) -> Response:
        """Propose the idea, change it, or propose it again."""
        form, known = await read_form(request), await known_idea(caller, key)
        try:
            proposal = _proposal(form)
            id = known.attendee_id if known else (await author(caller))[0] or own_ids(caller)[0]
            key = known.key if known else key  # the address may have the idea's id, as in mails
            await transactions.run(lambda tx: ideas.propose(id, key, proposal, tx))
        except Refusal as refusal:
            return await editor(request, caller, key, await known_idea(caller, key), form.refused(refusal), unsaved=True)
        return see_other(f"/my-ideas/{key}?done=proposed")

    async def known_idea(caller: Caller, key: str) -> Idea | None:
        try:
            return await find(caller, key)
        except NotFound:
            return None

    @router.post("/{key}/agree")
    async def agree(request: Request, key: Id, caller: Own) -> Response:
        """Let a host adopt the idea."""
        return await answer(request, key, caller, agrees=True)

    @router.post("/{key}/decline")
    async def decline(request: Request, key: Id, caller: Own) -> Response:
        """Answer a host that it will not have the idea."""
        return await answer(request, key, caller, agrees=False)

    async def answer(request: Request, key: str, caller: Caller, *, agrees: bool) -> Response:
        form, idea = await read_form(request), await find(caller, key)
        decide = ideas.agree if agrees else ideas.decline
        try:
            given = form.check(AnswerForm)
        except FormFaults as faults:
            return await editor(request, caller, idea.key, idea, _typed(idea.proposal).refused(faults))
        return await command(
            request,
            caller,
            idea,
            lambda tx: decide(idea.attendee_id, idea.key, given.organization_id, given.version, tx),
            "agreed" if agrees else "declined",
        )

    @router.post("/{key}/withdraw")
    async def withdraw(request: Request, key: Id, caller: Own) -> Response:
        """Take the idea back."""
        idea = await find(caller, key)
        return await command(request, caller, idea, lambda tx: ideas.withdraw(idea.attendee_id, idea.key, tx), "withdrawn")

    @router.post("/{key}/give-way")
    async def give_way(request: Request, key: Id, caller: Own) -> Response:
        """Let everybody apply for the listing that the idea became."""
        idea = await find(caller, key)
        return await command(request, caller, idea, lambda tx: ideas.give_way(idea.attendee_id, idea.key, tx), "given-way")

    async def command(
        request: Request, caller: Caller, idea: Idea, act: Callable[[Tx], Awaitable[object]], done: str
    ) -> Response:
        try:
            await transactions.run(act)
        except Refusal as refusal:
            latest = await find(caller, idea.key)
            return await editor(request, caller, idea.key, latest, _typed(latest.proposal).refused(refusal))
        return see_other(f"/my-ideas/{idea.key}?done={done}")

    return router


def _typed(proposal: Proposal) -> Form:
    """The form that this proposal was, or could have been, typed into."""
    session = proposal.session
    return Form.of(
        {
            "title": proposal.title,
            "text": proposal.text,
            "skills": ", ".join(proposal.skills),
            "session": f"{session.conference_id}/{session.session_id}" if session else "",
            "conference_ids": proposal.conference_ids,
        }
    )


def _proposal(form: Form) -> Proposal:
    """The typed proposal. Raises ``FormFaults``."""
    typed = form.check(IdeaForm, lists=["conference_ids"])
    conference_id, _, session_id = typed.session.partition("/")
    given = {
        "title": typed.title,
        "text": typed.text,
        "skills": terms_in(typed.skills),
        "session": {"conference_id": conference_id, "session_id": session_id} if typed.session else None,
        "conference_ids": typed.conference_ids,
    }
    return form.build(Proposal, given)
