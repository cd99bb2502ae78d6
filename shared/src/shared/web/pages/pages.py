"""Answers requests with pages."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from shared.web.access.callers import Caller, scopes_for
from shared.web.access.router import Router
from shared.web.pages.areas import navigation
from shared.web.pages.assets import Assets
from shared.web.pages.brand import Brand
from shared.web.pages.forms import Form
from shared.web.pages.reader import Reader, reader_of
from shared.worded import Worded
from shared.wording.countries import country_name
from shared.wording.languages import LANGUAGES, OWN_NAMES, Language, translations
from shared.wording.untrusted_text import web_address

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # with no referrer at all, a form would have no Origin
    "Vary": "Cookie, Accept-Language",
}


class PageRouter(Router):
    """For routes that answer with pages: for people, so not in the description for programs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(include_in_schema=False, default_response_class=HTMLResponse, **options)


class Pages:
    """The pages of a service. Make it once: it compiles templates and translations.

    ``language`` is for browsers that accept none of ours.
    """

    def __init__(self, service: str, language: Language = "en") -> None:
        self.service: Final = service
        self.assets: Final = Assets(service)
        self._language: Final = language
        self._environments: Final = {one: self._environment(service, one) for one in LANGUAGES}

    def reader(self, request: Request, language: Language | None = None) -> Reader:
        """Who sent this request. ``language`` is theirs, if it is known better than by their browser."""
        reader = reader_of(request, self._language)
        return replace(reader, language=language) if language else reader

    def gettext(self, request: Request) -> Callable[[str], str]:
        """Translates texts into the language of whoever sent this request."""
        return translations(self.reader(request).language, self.service).gettext

    def page(
        self,
        name: str,
        request: Request,
        *,
        status: int | None = None,
        area: str = "",
        of: str = "",
        of_name: str = "",
        brand: Brand | None = None,
        form: Form | None = None,
        done: Mapping[str, str] | None = None,
        language: Language | None = None,
        indexed: bool = False,
        **values: object,
    ) -> HTMLResponse:
        """Render the template ``NAME.html``.

        ``area`` and ``of``: whose navigation it has, as in ``areas.py``; ``of_name`` says what ``of`` is called. ``form``: what a
        form on it starts with, or what was sent with what is wrong. ``done``: what the page says of what was just done, by the
        word that is ``?done=`` of its address. ``status``: that of the form, if not given. ``indexed``: whether search engines
        may list it. ``language``: as in ``reader``.
        """
        reader = self.reader(request, language)
        form = form or Form()
        path = request.url.path
        caller: Caller | None = getattr(request.state, "caller", None)
        html = (
            self._environments[reader.language]
            .get_template(f"{name}.html")
            .render(
                {
                    "reader": reader,
                    "dates": reader.dates,
                    "language": reader.language,
                    "languages": [(one, OWN_NAMES[one]) for one in LANGUAGES],
                    "path": path,
                    "here": path + (f"?{request.url.query}" if request.url.query else ""),
                    "navigation": list(navigation(area, of, path, scopes_for(caller, of) if caller else ())),
                    "of_name": of_name,
                    "brand": brand or Brand(),
                    "brand_style": self.assets.brand(brand) if brand else "",
                    "form": form,
                    "done": (done or {}).get(request.query_params.get("done", ""), ""),
                    "indexed": indexed,
                    "asset": self.assets.address,
                    **values,
                }
            )
        )
        headers = HEADERS | {"Content-Language": reader.language} | ({} if indexed else {"X-Robots-Tag": "noindex"})
        return HTMLResponse(html, status or form.status, headers=headers)

    def _environment(self, service: str, language: Language) -> Environment:
        """The templates in one language. Texts are translated while rendering, so each language has its own environment."""
        shared = PackageLoader("shared.web.pages")
        own = [PackageLoader(service)] if service != "shared" and _has_templates(service) else []
        environment = Environment(
            loader=ChoiceLoader([*own, shared]),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.filters["web_address"] = web_address
        environment.filters["country"] = partial(country_name, language=language)
        texts = translations(language, service)
        environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
        with_variables: Callable[..., str] = environment.globals["gettext"]  # type: ignore[assignment]

        @pass_context
        def gettext(context: Context, text: str, /, **variables: object) -> str:
            """Jinja's own marks each text as HTML. One without variables may be foreign, as what is wrong with a field is."""
            if isinstance(text, Worded):
                return text.translated(texts.gettext)
            return with_variables(context, text, **variables) if variables else texts.gettext(text).replace("%%", "%")

        environment.globals["gettext"] = gettext
        return environment


def see_other(path: str) -> Response:
    """Go on with this page, by GET: after a form was accepted, so that loading the page again does not send it again."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})


def _has_templates(package: str) -> bool:
    try:
        PackageLoader(package)
    except ValueError:
        return False
    return True
