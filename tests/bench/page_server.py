"""The service of ``pages``, with one page more: ``/empty``, which has the layout of all pages, and nothing to read.

PYTHONPATH=tests python -m bench.page_server matching
"""

import importlib
import sys

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, DictLoader, Environment

from shared.environment import read_settings
from shared.runtime.server import serve
from shared.settings import ServiceSettings
from shared.web.pages.pages import Pages
from support.services import settings_of

EMPTY = '{% extends "layout.html" %}{% block title %}Empty{% endblock %}{% block description %}{% endblock %}{% block content %}{% endblock %}'


class PagesWithAnEmptyOne(Pages):
    """Pages, of which one is empty."""

    def _environment(self, *of: str) -> Environment:
        environment = super()._environment(*of)  # type: ignore[arg-type]
        assert environment.loader
        environment.loader = ChoiceLoader([DictLoader({"empty.html": EMPTY}), environment.loader])
        return environment


def create_app(settings: ServiceSettings) -> FastAPI:
    """The app of the service that the command line names."""
    service = sys.argv[1]
    app: FastAPI = importlib.import_module(f"{service}.main").create_app(settings)
    pages = PagesWithAnEmptyOne(service)

    @app.get("/empty")
    async def show_empty(request: Request) -> HTMLResponse:
        return pages.page("empty", request)

    return app


if __name__ == "__main__":
    serve(create_app, read_settings(settings_of(sys.argv[1])))
