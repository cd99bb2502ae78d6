"""How long erasures wait for the topics, as the metrics tell it while Kafka is away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from shared import clock
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.messaging.erasure import Erasures, persons_by_key
from shared.settings import ServiceSettings


class Asked:
    """The collection of erasures that are still to be done, as far as they are looked for."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents = documents

    def find(self, _: dict[str, Any]) -> "Asked":
        return self

    def limit(self, most: int) -> AsyncIterator[dict[str, Any]]:
        async def found() -> AsyncIterator[dict[str, Any]]:
            for document in self.documents[:most]:
                yield document

        return found()


class Stored:
    def __init__(self, asked: Asked) -> None:
        self.db = {"erasures": asked}


async def test_the_age_is_that_of_the_oldest_until_none_is_left() -> None:
    now = clock.now()
    asked = Asked({"_id": "ada", "at": now - timedelta(seconds=20)}, {"_id": "bob", "at": now - timedelta(seconds=90)})
    database: Any = Stored(asked)
    away = ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1", mongodb_uri="mongodb://127.0.0.1:1")
    erasures = Erasures("registration", database, away, persons_by_key, ATTENDANCE_INBOUND)
    producer: Any = None
    with pytest.raises(KafkaConnectionError):
        await erasures.purge(producer)
    assert 90 <= (REGISTRY.get_sample_value("opportunity_desk_erasures_oldest_age_seconds") or 0) < 100
    asked.documents = ()
    await erasures.purge(producer)
    assert REGISTRY.get_sample_value("opportunity_desk_erasures_oldest_age_seconds") == 0
