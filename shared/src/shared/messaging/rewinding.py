"""Rewinding: a service whose database was restored reads again what came after the backup."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, UnknownMemberIdError
from aiokafka.structs import TopicPartition

from shared.messaging.kafka_connection import client_options
from shared.settings import ServiceSettings

MARGIN: Final = timedelta(hours=1)
"""How much more is read again: what was on its way when the backup was made, and what clocks differ."""

_MEMBERS_SECONDS: Final = 60
"""How long to wait until the group has no members."""


async def rewind(service: str, to: datetime, settings: ServiceSettings) -> dict[str, int]:
    """Move the service's consumer groups back to a time, less ``MARGIN``. A partition that is behind it already stays.

    Returns how many records each group reads again.

    Raises:
        KafkaError: the service still runs, or Kafka failed.
    """
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        own = settings.topic_prefix + service
        groups = [group for group, _ in await admin.list_consumer_groups() if group == own or group.startswith(f"{own}.")]
        committed = {group: await admin.list_consumer_group_offsets(group) for group in sorted(groups)}
    finally:
        await admin.close()
    at = int((to - MARGIN).timestamp() * 1000)
    return {
        group: await _rewind_group(group, {place: offset.offset for place, offset in offsets.items()}, at, settings)
        for group, offsets in committed.items()
    }


async def _commit(offsets: dict[TopicPartition, int], consumer: AIOKafkaConsumer) -> None:
    """Commit them, once the group has no members: one that was killed is a member for some time."""
    give_up_at = time.monotonic() + _MEMBERS_SECONDS
    while True:
        try:
            return await consumer.commit(offsets)  # type: ignore[no-any-return]
        except (CommitFailedError, UnknownMemberIdError):
            if time.monotonic() > give_up_at:
                raise
        await asyncio.sleep(1)


async def _rewind_group(group: str, committed: dict[TopicPartition, int], at: int, settings: ServiceSettings) -> int:
    consumer = AIOKafkaConsumer(**client_options(settings), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(committed))
        found = await consumer.offsets_for_times(dict.fromkeys(committed, at)) if committed else {}
        earlier = {place: one.offset for place, one in found.items() if one and one.offset < committed[place]}
        if earlier:
            await _commit(earlier, consumer)
        return sum(committed[place] - offset for place, offset in earlier.items())
    finally:
        await consumer.stop()
