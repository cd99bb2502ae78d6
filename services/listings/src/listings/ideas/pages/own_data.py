"""``/my-ideas/export``: everything that listings stores about whoever is signed in, as a file."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from listings.ideas.repository import IdeasRepository
from listings.organizations.repository import OrganizationsRepository
from shared.database.mongo import Database
from shared.web.access.callers import Caller, own_ids
from shared.web.access.guard import Guard
from shared.web.pages.downloads import own_data
from shared.web.pages.pages import PageRouter


def create_router(guard: Guard, ideas: IdeasRepository, organizations: OrganizationsRepository, database: Database) -> PageRouter:
    """``/my-ideas/export``."""
    router = PageRouter()

    @router.get("/my-ideas/export", response_class=Response)
    async def export_data(
        request: Request, caller: Annotated[Caller, Depends(guard("ideas", attendee=True, people=True))]
    ) -> Response:
        """Everything that listings stores about you, as a file: your ideas, and your posts at host organizations."""
        ids = own_ids(caller)
        return own_data(
            "listings",
            {
                "ideas": await database.transact(lambda tx: ideas.of_persons(ids, tx)),
                "posts": await organizations.mentors_of_persons(ids),
            },
        )

    return router
