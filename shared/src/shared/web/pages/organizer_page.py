"""Pages about one conference, for its organizers."""

from typing import Any, Protocol

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.web.pages.brand import Brand, Branded
from shared.web.pages.forms import Form
from shared.web.pages.pages import Pages


class OrganizedConference(Branded, Protocol):
    """A conference, as the service that shows the page keeps it."""

    @property
    def id(self) -> str: ...


def organizer_page(
    pages: Pages,
    template: str,
    request: Request,
    conference: OrganizedConference,
    *,
    form: Form | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page with the conference's brand, and the navigation of its organizers. The template gets ``conference``, too."""
    return pages.page(
        template,
        request,
        area="organizer",
        of=conference.id,
        of_name=conference.name,
        brand=Brand.of(conference),
        form=form,
        conference=conference,
        **values,
    )
