"""``/desk/{org}/skills``: suggestions while a host types the skills of a listing. The page is of another service."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from matching.catalogue.use_cases import LiveCatalogue
from matching.desk.desk import Desk
from matching.model.terms import KnownTerms
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.web.access.callers import Caller
from shared.web.pages.pages import PageRouter

SUGGESTED: Final = 12
COMPARED: Final = 500
"""Of how many terms those that most attendees have are suggested."""
LONGEST: Final = 2000
"""The length of a text that gets suggestions, in characters."""


def create_router(desk: Desk, catalogue: LiveCatalogue, terms: KnownTerms, database: Database) -> PageRouter:
    """``/desk/{org}/skills``."""
    router = PageRouter(prefix="/desk/{org}")
    hosting = desk.guard("applications", organization=True, people=True)

    @router.get("/skills")
    async def suggest(
        org: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        skills: Annotated[str, Query(max_length=LONGEST)] = "",
    ) -> Response:
        """Options that complete the last of these skills, first those that most attendees have."""
        desk.guard.owner(caller, "organization", org, organization_id=org)
        before, unfinished = split(skills)
        known = {terms.normalise(one) for one in before.replace(";", ",").split(",")}
        snapshot = await database.transact(catalogue.current)
        found = {terms.normalise(name): name for name in terms.completions(unfinished)[:COMPARED]}
        best = sorted((key for key in found if key not in known), key=lambda key: -snapshot.holders(key))
        return desk.pages.page("desk/skills", request, before=before, names=[found[key] for key in best[:SUGGESTED]])

    return router


def split(skills: str) -> tuple[str, str]:
    """The text up to the last skill, and that skill, which is still being typed."""
    begins = max(skills.rfind(","), skills.rfind(";")) + 1
    unfinished = skills[begins:].lstrip()
    return skills[: len(skills) - len(unfinished)], unfinished
