"""What each route of an app needs, as the route itself declares it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from shared.web.access.guard import Public
from shared.web.access.router import GuardedRoute, Needs, declared

DOCUMENTATION: Final = Public("FastAPI's documentation of the interface")
_DOCUMENTATION_PATHS: Final = ("/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/static-offline-docs")


class Undeclared(Exception):
    """Routes do not declare what they need, or not so that it is asked for first."""


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
    if late := sorted({f"{route.path}" for route in iter_route_contexts(app.routes) if _is_guarded_late(route)}):
        raise Undeclared(
            f"the bodies of these routes would be read before their guard is asked: {', '.join(late)}; add them to a "
            "shared.web.access.router.Router, with the guard at the route or at that router"
        )


def routes_of(app: FastAPI) -> Iterator[RouteNeeds]:
    """Every route of the app, also those that its OpenAPI document does not show."""
    for route in iter_route_contexts(app.routes):
        path = str(getattr(route, "path", None) or _described(route.original_route))
        for method in sorted(getattr(route, "methods", None) or {"*"}):
            if method != "HEAD":  # answered as GET is
                yield RouteNeeds(path, method, _needs(path, getattr(route, "dependant", None)))


def _needs(path: str, dependant: Dependant | None) -> Needs | None:
    found = list(dict.fromkeys(declared(dependant))) if dependant else []
    if not found and path in _DOCUMENTATION_PATHS:
        return DOCUMENTATION
    return found[0] if len(found) == 1 else None


def _is_guarded_late(route: RouteContext) -> bool:
    """Whether FastAPI reads a body before the route's guard is asked."""
    dependant = getattr(route, "dependant", None)
    if dependant is None or getattr(route, "body_field", None) is None:
        return False
    guards = [needs for needs in declared(dependant) if not isinstance(needs, Public)]
    original = route.original_route
    return bool(guards) and not (isinstance(original, GuardedRoute) and original.guard in guards)


def _described(route: BaseRoute) -> str:
    return type(route).__name__
