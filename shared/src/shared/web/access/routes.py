"""What each route of an app needs, as the route itself declares it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from shared.web.access.guard import NeedsKey, Public
from shared.web.access.signed_in import NeedsSession

DOCUMENTATION: Final = Public("FastAPI's documentation of the interface")
_DOCUMENTATION_PATHS: Final = ("/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/static-offline-docs")


Needs = NeedsKey | NeedsSession | Public


class Undeclared(Exception):
    """Routes do not declare what they need."""


@dataclass(frozen=True, slots=True)
class RouteNeeds:
    """A route, and what it needs; None where it does not declare it, or contradicts itself."""

    path: str
    method: str
    needs: Needs | None


def check(app: FastAPI) -> None:
    """Raises ``Undeclared`` if a route of the app does not declare what it needs: nothing is open by accident."""
    if undeclared := [f"{route.method} {route.path}" for route in routes_of(app) if route.needs is None]:
        raise Undeclared(
            f"these routes do not declare what they need: {', '.join(undeclared)}; give each exactly one dependency, "
            'guard("scope"), people.signed_in() or public("why")'
        )


def routes_of(app: FastAPI) -> Iterator[RouteNeeds]:
    """Every route of the app, also those that its OpenAPI document does not show."""
    for route in iter_route_contexts(app.routes):
        path = str(getattr(route, "path", None) or _described(route.original_route))
        for method in sorted(getattr(route, "methods", None) or {"*"}):
            if method != "HEAD":  # answered as GET is
                yield RouteNeeds(path, method, _needs(path, getattr(route, "dependant", None)))


def _needs(path: str, dependant: Dependant | None) -> Needs | None:
    declared = list(dict.fromkeys(_declared(dependant))) if dependant else []
    if not declared and path in _DOCUMENTATION_PATHS:
        return DOCUMENTATION
    return declared[0] if len(declared) == 1 else None


def _declared(dependant: Dependant) -> Iterator[Needs]:
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _declared(inner)


def _described(route: BaseRoute) -> str:
    return type(route).__name__
