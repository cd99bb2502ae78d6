"""The language of pages, as a reader chooses it at the foot of each page: kept by the browser, for whoever has no contact too."""

from fastapi import Depends, Request
from fastapi.responses import Response

from shared.refusals import Invalid
from shared.web.access.guard import public
from shared.web.access.signed_in import own_path
from shared.web.pages.forms import read_form
from shared.web.pages.pages import PageRouter, see_other
from shared.web.pages.reader import remember
from shared.wording.languages import LANGUAGES


def create_router() -> PageRouter:
    """``/language``."""
    router = PageRouter(dependencies=[Depends(public("everybody chooses the language in which their browser shows pages"))])

    @router.post("/language")
    async def choose_language(request: Request) -> Response:
        """Show pages in this language from now on, and go back to the page with the choice."""
        form = await read_form(request)
        if form.get("language") not in LANGUAGES:
            raise Invalid("language", f"must be one of {', '.join(LANGUAGES)}")
        response = see_other(own_path(form.get("next")) or "/")
        remember(response, language=form.get("language"))
        return response

    return router
