"""Health and metrics: what orchestrators and Prometheus ask."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from pymongo.errors import PyMongoError

from shared.database.mongo import Database
from shared.messaging.consumer import Consumer


class Health(BaseModel):
    """Whether it is well, and each thing that is not."""

    ok: bool
    faults: list[str]


def create_router(
    database: Database,
    consumers: Sequence[Consumer],
    publishing_fails: Callable[[], str],
    kafka_answers: Callable[[float], Awaitable[bool]],
) -> APIRouter:
    """``/health/live``, ``/health/ready`` and ``/metrics``."""
    router = APIRouter(tags=["operation"])

    @router.get("/health/live", responses={503: {"model": Health}})
    async def live(response: Response) -> Health:
        """Fails only where a restart helps: a consumer's loop stands still. A database away, or a halt, is no such case."""
        faults = [f"the consumer of {consumer.topics[0].name} stands still" for consumer in consumers if not consumer.alive]
        return _answer(faults, response)

    @router.get("/health/ready", responses={503: {"model": Health}})
    async def ready(response: Response) -> Health:
        """Fails while the service cannot do its work: the database or Kafka is away, or full, or a consumer does not read."""
        faults = []
        try:
            await asyncio.wait_for(database.ping(), 2)
        except (PyMongoError, TimeoutError) as error:
            faults.append(f"the database does not answer: {str(error) or 'within 2 s'}")
        else:
            if trouble := database.writes.failing:
                faults.append(f"the database cannot write: {trouble}")
        if not await kafka_answers(2):
            faults.append("Kafka does not answer")
        if trouble := publishing_fails():
            faults.append(f"what is in the outbox cannot be published: {trouble}")
        for consumer in consumers:
            if consumer.halted:
                faults.append(f"the consumer of {consumer.topics[0].name} halted: {consumer.halted}")
            elif not consumer.running:
                faults.append(f"the consumer of {consumer.topics[0].name} does not read")
            elif consumer.fetch_failing:
                faults.append(f"the consumer of {consumer.topics[0].name} cannot fetch: {consumer.fetch_failing}")
            elif consumer.failing:
                faults.append(f"the consumer of {consumer.topics[0].name} makes no progress: {consumer.failing}")
        return _answer(faults, response)

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def _answer(faults: list[str], response: Response) -> Health:
    if faults:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(ok=not faults, faults=faults)
