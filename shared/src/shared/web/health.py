"""Health and metrics: what orchestrators and Prometheus ask."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from pydantic import BaseModel

from shared.web.access.guard import public
from shared.web.access.router import Router


class Health(BaseModel):
    """Whether the service is well, and what is wrong if not."""

    ok: bool
    faults: list[str]


def create_router(live_faults: Callable[[], list[str]], ready_faults: Callable[[], Awaitable[list[str]]]) -> Router:
    """``/health/live``, ``/health/ready`` and ``/metrics``. Each function returns what is not well, a sentence for each fault."""
    router = Router(tags=["operation"], dependencies=[Depends(public("orchestrators and Prometheus have no key"))])

    @router.get("/health/live", responses={503: {"model": Health}})
    async def live(response: Response) -> Health:
        """Fail only if a restart helps: a consumer is stuck. A database that is down or a halted consumer does not count."""
        return _answer(live_faults(), response)

    @router.get("/health/ready", responses={503: {"model": Health}})
    async def ready(response: Response) -> Health:
        """Fail while the service cannot do its work: the database or Kafka is down or full, or a consumer does not read."""
        return _answer(await ready_faults(), response)

    @router.get("/metrics", include_in_schema=False)
    async def metrics(names: Annotated[Sequence[str], Query(alias="name[]")] = ()) -> Response:
        """Return all metrics, or only those with the names given, which is faster."""
        registry = REGISTRY.restricted_registry(names) if names else REGISTRY
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _answer(faults: list[str], response: Response) -> Health:
    if faults:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(ok=not faults, faults=faults)
