"""The people of the site, and who may access what: one row for each page and action."""

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
"""All people who can be signed in."""
NOBODY: Final = "nobody"
CONFERENCE: Final = "conf"
FAR: Final = "far"
"""Another conference, with another organizer."""
_PAGE: Final = {"accept": "text/html", "accept-language": "en", "authorization": ""}
_IN: Final = {200, 303, 409, 412, 422}
"""The statuses for people with access: a page, the faults of an empty form, or what the state forbids."""
_FOR_PROGRAMS: Final = (
    "/assets/",
    "/insight/assets/",
    "/health",
    "/metrics",
    "/openapi.json",
    "/redoc",
    "/static",
    "/asyncapi",
)


def id_of(name: str) -> str:
    """An id for this name, with a placeholder that differs between copies."""
    return f"{name}-0000"


@dataclass(frozen=True, slots=True)
class Row:
    """A page or action, and the expected response for everybody."""

    method: str
    path: str
    """The path, with names of ``values`` instead of ids."""
    insiders: frozenset[str]
    """The people with access."""
    others: int = 403
    """The status for other signed-in people."""
    exceptions: Mapping[str, int] = field(default_factory=dict)
    """The status for people who get a different one."""
    form: Mapping[str, Any] = field(default_factory=lambda: {"version": "1"})

    def expected(self, who: str) -> int:
        """The status for this person; 0 if they have access."""
        if who in self.exceptions:
            return self.exceptions[who]
        if who in self.insiders:
            return 0
        if who == NOBODY:
            return 303 if self.method == "GET" else 401
        return self.others


@dataclass(frozen=True, slots=True)
class Site:
    """The site's data in a service."""

    values: Mapping[str, str]
    """The values in paths, such as an application's id."""
    ids: Mapping[str, str]
    """Everybody's person id, by name in ``PEOPLE``."""


EVERYBODY: Final = frozenset({*PEOPLE, NOBODY})
SIGNED_IN: Final = frozenset(PEOPLE)
Rule = Callable[..., Row]


def rule(insiders: str, others: int = 403, **exceptions: int) -> Rule:
    """A function that creates rows for pages that these people may access."""
    named = frozenset(insiders.split())

    def row(method: str, path: str, **form: Any) -> Row:
        return Row(method, path, named, others, exceptions, form or {"version": "1"})

    return row


PUBLIC: Final = rule(" ".join(EVERYBODY))
OWN: Final = rule(" ".join(PEOPLE))
"""A page on which everybody sees their own data."""
ADA: Final = rule("ada", 404)
"""Something that belongs to an attendee; for all others, it does not exist."""
HOST: Final = rule("cora", 403, zoe=404)
ORGANIZER: Final = rule("olga", 403, otto=404)


def missing(app: FastAPI, rows: tuple[Row, ...]) -> list[str]:
    """The app's pages and actions that have no row."""
    found = [f"{route.method} {route.path}" for route in pages_of(app) if not any(_is_at(route, row) for row in rows)]
    return found + [f"{row.method} {row.path}" for row in rows if not any(_is_at(route, row) for route in pages_of(app))]


def pages_of(app: FastAPI) -> Iterator[RouteNeeds]:
    """The routes that return pages to people."""
    described = app.openapi()["paths"]
    for route in routes_of(app):
        operation = described.get(re.sub(r":\w+}", "}", route.path), {}).get(route.method.lower())
        shows = operation is None or "text/html" in str(operation.get("responses", {}).get("200", {}))
        if shows and not (isinstance(route.needs, Public) and route.path.startswith(_FOR_PROGRAMS)) and _on_site(route.path):
            yield route


async def answered(api: httpx.AsyncClient, row: Row, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """The response for somebody: the status, where 303 means a redirect to the sign-in, and 0 access."""
    data = dict(row.form) if row.method == "POST" else None
    answer = await api.request(row.method, path, headers={**_PAGE, **headers}, data=data)
    location = answer.headers.get("location", "")
    asked_to_sign_in = answer.status_code == 303 and location.startswith("/sign-in?next=")
    status = 0 if answer.status_code in _IN and not asked_to_sign_in else answer.status_code
    return status, answer.text


async def everybody_tries(
    service: str, app: FastAPI, api: httpx.AsyncClient, site: Site, rows: tuple[Row, ...], subtests: pytest.Subtests
) -> None:
    """Have everybody try each row: first all without access, so that they find everything unchanged."""
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
