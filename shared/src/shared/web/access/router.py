"""Asks the guard of a route before anything else: FastAPI would read and check a request's body before its dependencies."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.web.access.guard import NeedsKey, Public
from shared.web.access.signed_in import NeedsSession
from shared.web.problems import RESPONSES

Needs = NeedsKey | NeedsSession | Public


class GuardedRoute(APIRoute):
    """A route whose guard is asked first. So whoever is not let in learns nothing of a body, and costs no reading of it."""

    @property
    def guard(self) -> NeedsKey | NeedsSession | None:
        """What is asked first; None where the route is public."""
        return next((needs for needs in declared(self.dependant) if not isinstance(needs, Public)), None)

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle, guard = super().get_route_handler(), self.guard
        if guard is None:
            return handle

        async def handle_guarded(request: Request) -> Response:
            await guard.admit(request)
            return await handle(request)

        return handle_guarded


class Router(APIRouter):
    """For the routes of a service: their guards are asked before a body is read, and errors are problem details."""

    def __init__(self, *, include_in_schema: bool = True, **options: Any) -> None:
        if include_in_schema:
            options["responses"] = RESPONSES | (options.get("responses") or {})
        super().__init__(include_in_schema=include_in_schema, **{"route_class": GuardedRoute, **options})


def declared(dependant: Dependant) -> Iterator[Needs]:
    """What a route declares that it needs, by its dependencies."""
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from declared(inner)
