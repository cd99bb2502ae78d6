"""Marks deliveries whose events were rejected after they had been published."""

from collections.abc import Iterable

from registration.attendance.domain.rejections import Rejection
from registration.connections.domain.deliveries import cause_of
from registration.connections.repository.deliveries import Deliveries
from shared.contract.envelope import Record
from shared.database.mongo import Tx


class DeliveryRejections:
    """Marks deliveries in the transaction given."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def mark(self, rejected: Iterable[tuple[Rejection, Record]], tx: Tx) -> None:
        """Mark the deliveries from which these events came, if they came from any."""
        with_cause = [(cause, rejection) for rejection, record in rejected if (cause := cause_of(rejection.source, record))]
        await self._deliveries.reject(with_cause, tx)
