"""Pages for what did not work: problems in words for people, and forms that were sent after the session's end."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from shared.refusals import Invalid
from shared.web.access.signed_in import SignInFirst
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import Pages
from shared.web.problems import ProblemDetails
from shared.wording.languages import translatable

_HEADLINES: Final = {
    400: translatable("This request cannot be read"),
    401: translatable("Sign in first"),
    403: translatable("This is not for you to see or do"),
    404: translatable("There is no such page"),
    409: translatable("This is not possible now"),
    410: translatable("This is no longer there"),
    412: translatable("This has changed since you saw it"),
    413: translatable("This is too large"),
    422: translatable("Something you sent is not right"),
    429: translatable("Too many requests"),
    503: translatable("Please try again in a moment"),
}
_OTHERWISE: Final = translatable("This did not work")
_OURS: Final = translatable("Something went wrong on our side")


def install(app: FastAPI, pages: Pages) -> None:
    """Answer browsers with pages where programs get problem details."""

    def show(request: Request, problem: ProblemDetails) -> HTMLResponse:
        headline = _HEADLINES.get(problem.status, _OURS if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR else _OTHERWISE)
        details = [f"{fault.field}: {fault.detail}" for fault in problem.errors] or [problem.detail]
        translated = pages.gettext(request)
        return pages.page(
            "problem",
            request,
            status=problem.status,
            headline=translated(headline),
            details=[detail[:1].upper() + detail[1:] for detail in details],
        )

    app.state.problem_page = show

    @app.exception_handler(SignInFirst)
    async def on_session_over(request: Request, first: SignInFirst) -> Response:
        try:
            form = await read_form(request)
        except Invalid:
            form = Form()
        response = pages.page("signed_out", request, status=HTTPStatus.UNAUTHORIZED, form=form)
        response.headers.update(first.headers)
        return response
