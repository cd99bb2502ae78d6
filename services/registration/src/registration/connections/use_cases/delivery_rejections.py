"""Marking deliveries whose events were rejected after they had been taken in."""

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
        """Mark the deliveries by which these events came, if they came by one."""
        caused = [(cause, one) for one, record in rejected if (cause := cause_of(one.source, record))]
        await self._deliveries.reject(caused, tx)
