"""Webhooks of other systems, and their outcomes."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from registration.connections.api.views import (
    ConnectionStatus,
    DeliveryList,
    DeliveryView,
    Retried,
    WebhookReceipt,
    delivery_view,
)
from registration.connections.domain.deliveries import ID_PATTERN, State
from registration.connections.repository.polls import Polls
from registration.connections.use_cases.connection_manager import ConnectionManager
from registration.connections.use_cases.delivery_manager import DeliveryManager
from registration.connections.use_cases.webhook_receiver import WebhookReceiver
from registration.rate_limits import Rates
from registration.systems.adapter import WebhookRequest
from shared import clock
from shared.contract.events.fields import Id, Moment
from shared.database.mongo import Database
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard, public
from shared.web.access.router import Router

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "what the connection's system sends",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
DeliveryId = Annotated[str, Path(pattern=f"^{ID_PATTERN}$")]


class _DeliveryIds(StringConvertor):
    """A delivery's id in a path. It does not match `deliveries/retry`, which is a separate path."""

    regex = ID_PATTERN


register_url_convertor("delivery", _DeliveryIds())


def create_router(
    guard: Guard,
    rates: Rates,
    connection_manager: ConnectionManager,
    webhook_receiver: WebhookReceiver,
    delivery_manager: DeliveryManager,
    polls: Polls,
    database: Database,
    arrived: Callable[[], None],
) -> Router:
    """The routes below ``/webhooks`` and ``/connections``. ``arrived`` is called when a webhook arrives."""
    router = Router(tags=["webhooks"])
    may_see = guard("connections", conference=True, people=True)

    async def check(id: str, caller: Caller) -> None:
        connection = await database.transact(lambda tx: connection_manager.get(id, tx))
        guard.owner(caller, "connection", id, conference_id=connection.conference_id)

    @router.post(
        "/webhooks/{connection}",
        dependencies=[Depends(public("the connection's secret shows where it comes from"))],
        status_code=HTTPStatus.ACCEPTED,
        openapi_extra=_BODY,
        responses={
            HTTPStatus.OK: {
                "model": WebhookReceipt,
                "description": "This same attempt was received before; nothing changes.",
            }
        },
    )
    async def post_webhook(connection: Id, request: Request, response: Response) -> WebhookReceipt:
        """Accept a webhook from a connection's system. It needs no key: the connection's secret proves its origin.

        It is stored before the response, and processed later. Sending it again is harmless.
        """
        webhook = WebhookRequest(dict(request.headers.items()), dict(request.query_params), await request.body())
        now = clock.now()
        known = await webhook_receiver.verify(connection, webhook, now)
        rates.take(f"connection/{known.id}", known.events_per_minute)
        received = await webhook_receiver.receive(known, webhook, now)
        if received.repeated:
            response.status_code = HTTPStatus.OK
        arrived()
        return WebhookReceipt(delivery=received.delivery_id, repeated=received.repeated)

    @router.get("/connections/{id}/status")
    async def get_status(id: Id, caller: Annotated[Caller, Depends(may_see)]) -> ConnectionStatus:
        """Return whether the connection's API responds, and how far polling has got."""
        await check(id, caller)
        progress = await polls.get(id)
        return ConnectionStatus(
            problem=progress.problem,
            problem_at=progress.problem_at,
            fetched_at=progress.fetched_at,
            polled_at=progress.polled_at,
            next_poll_at=None if progress.claim else progress.due_at,
        )

    @router.get("/connections/{id}/deliveries")
    async def get_deliveries(
        id: Id,
        caller: Annotated[Caller, Depends(may_see)],
        state: Annotated[State | None, Query(description="only those in this state")] = None,
        before: Annotated[Moment | None, Query(description="only those received before this time")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> DeliveryList:
        """Return the webhooks of a connection with their outcomes. They are kept for 30 days."""
        await check(id, caller)
        found = await delivery_manager.latest(id, state, before, limit)
        return DeliveryList(deliveries=[delivery_view(delivery) for delivery in found])

    @router.get("/connections/{id}/deliveries/{delivery:delivery}")
    async def get_delivery(id: Id, delivery: DeliveryId, caller: Annotated[Caller, Depends(may_see)]) -> DeliveryView:
        """Return one webhook of a connection with its outcome, by the id that its sender received."""
        await check(id, caller)
        return delivery_view(await delivery_manager.get(id, delivery))

    @router.post("/connections/{id}/deliveries/retry")
    async def retry_deliveries(id: Id, caller: Annotated[Caller, Depends(may_see)]) -> Retried:
        """Retry all failed and pending webhooks of a connection, once the cause is fixed."""
        await check(id, caller)
        count = await delivery_manager.retry_all(id, clock.now())
        arrived()
        return Retried(deliveries=count)

    @router.post("/connections/{id}/deliveries/{delivery:delivery}/retry", status_code=HTTPStatus.ACCEPTED)
    async def retry_delivery(id: Id, delivery: DeliveryId, caller: Annotated[Caller, Depends(may_see)]) -> WebhookReceipt:
        """Retry a failed or pending webhook."""
        await check(id, caller)
        await delivery_manager.retry(id, delivery, clock.now())
        arrived()
        return WebhookReceipt(delivery=delivery)

    return router
