"""Who meets the site, and who gets in where: one row for each page and action."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI

from shared.contract.paths import PATHS
from shared.web.access.guard import Public
from shared.web.access.routes import RouteNeeds, routes_of
from support.sessions import sign_in

PEOPLE: Final = {
    "ada": "an attendee",
    "ben": "another attendee",
    "cora": "a host",
    "zoe": "another host",
    "mina": "a mentor",
    "olga": "an organizer",
    "otto": "another organizer",
}
"""Whoever is signed in. Nobody is, besides them."""
NOBODY: Final = "nobody"
CONFERENCE: Final = "conf"
FAR: Final = "far"
"""Another conference, of another organizer."""
_PAGE: Final = {"accept": "text/html", "accept-language": "en", "authorization": ""}
_IN: Final = {200, 303, 409, 412, 422}
"""How those who get in are answered: with a page, or with what is missing in an empty form, or what the state forbids."""
_FOR_PROGRAMS: Final = (
    "/assets/",
    "/insight/assets/",
    "/docs",
    "/health",
    "/metrics",
    "/openapi.json",
    "/redoc",
    "/static",
    "/asyncapi",
)


def id_of(name: str) -> str:
    """An id of this name, with the place where its copies differ."""
    return f"{name}-0000"


@dataclass(frozen=True, slots=True)
class Row:
    """A page or an action, and how everybody is answered there."""

    method: str
    path: str
    """With names of ``values`` instead of ids."""
    insiders: frozenset[str]
    """Who gets in."""
    others: int = 403
    """What whoever is signed in besides them gets."""
    exceptions: Mapping[str, int] = field(default_factory=dict)
    """Who gets something else."""
    form: Mapping[str, Any] = field(default_factory=lambda: {"version": "1"})

    def expected(self, who: str) -> int:
        """The status for somebody; 0: they get in."""
        if who in self.exceptions:
            return self.exceptions[who]
        if who in self.insiders:
            return 0
        if who == NOBODY:
            return 303 if self.method == "GET" else 401
        return self.others


@dataclass(frozen=True, slots=True)
class Site:
    """What a service knows of the site."""

    values: Mapping[str, str]
    """What paths of pages name, such as an application's id."""
    ids: Mapping[str, str]
    """Of everybody, by their names in ``PEOPLE``."""


EVERYBODY: Final = frozenset({*PEOPLE, NOBODY})
SIGNED_IN: Final = frozenset(PEOPLE)
Rule = Callable[..., Row]


def rule(insiders: str, others: int = 403, **exceptions: int) -> Rule:
    """Makes rows for pages that these people may enter."""
    named = frozenset(insiders.split())

    def row(method: str, path: str, **form: Any) -> Row:
        return Row(method, path, named, others, exceptions, form or {"version": "1"})

    return row


PUBLIC: Final = rule(" ".join(EVERYBODY))
OWN: Final = rule(" ".join(PEOPLE))
"""Everybody sees their own."""
ADA: Final = rule("ada", 404)
"""A thing of an attendee: for all others it does not exist."""
HOST: Final = rule("cora", 403, zoe=404)
ORGANIZER: Final = rule("olga", 403, otto=404)


def missing(app: FastAPI, rows: tuple[Row, ...]) -> list[str]:
    """The pages and actions of the app of which no row says who gets in."""
    found = [f"{route.method} {route.path}" for route in pages_of(app) if not any(_is_at(route, row) for row in rows)]
    return found + [f"{row.method} {row.path}" for row in rows if not any(_is_at(route, row) for route in pages_of(app))]


def pages_of(app: FastAPI) -> Iterator[RouteNeeds]:
    """The routes that answer people with pages."""
    described = app.openapi()["paths"]
    for route in routes_of(app):
        operation = described.get(re.sub(r":\w+}", "}", route.path), {}).get(route.method.lower())
        shows = operation is None or "text/html" in str(operation.get("responses", {}).get("200", {}))
        if shows and not (isinstance(route.needs, Public) and route.path.startswith(_FOR_PROGRAMS)) and _on_site(route.path):
            yield route


async def answered(api: httpx.AsyncClient, row: Row, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """How somebody is answered: the status, where 303 means that they are asked to sign in, and 0 that they get in."""
    data = dict(row.form) if row.method == "POST" else None
    answer = await api.request(row.method, path, headers={**_PAGE, **headers}, data=data)
    location = answer.headers.get("location", "")
    asked_to_sign_in = answer.status_code == 303 and location.startswith("/sign-in?next=")
    status = 0 if answer.status_code in _IN and not asked_to_sign_in else answer.status_code
    return status, answer.text


async def everybody_tries(
    service: str, app: FastAPI, api: httpx.AsyncClient, site: Site, rows: tuple[Row, ...], subtests: pytest.Subtests
) -> None:
    """Have everybody try each row: first all who do not get in, so that they find everything as it was made."""
    gaps = missing(app, rows)
    assert not gaps, gaps
    headers = {who: await sign_in(service, site.ids[who]) for who in PEOPLE} | {NOBODY: {}}
    for row in rows:
        filled = replace(row, form={name: text.format(**site.values) for name, text in row.form.items()})
        path = row.path.format(**site.values)
        for who in sorted(headers, key=lambda one: row.expected(one) == 0):
            with subtests.test(f"{row.method} {row.path}: {who}"):
                status, text = await answered(api, filled, path, headers[who])
                assert status == row.expected(who), text[:500]


def _is_at(route: RouteNeeds, row: Row) -> bool:
    parts = re.split(r"\{[^}]+\}", route.path)
    pattern = r"[^/]+".join(map(re.escape, parts))
    return route.method == row.method and re.fullmatch(pattern, row.path.partition("?")[0]) is not None


def _on_site(path: str) -> bool:
    return any(path == one.prefix or path.startswith(f"{one.prefix}/") for one in PATHS)
