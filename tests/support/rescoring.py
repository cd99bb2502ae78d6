"""Waiting for the shards of candidates, which matching commands to rescore listings and conferences."""

import json
from collections import Counter

from aiokafka import ConsumerRecord

from shared.contract.topics import RESCORING
from support.kafka import Kafka


async def rescored(kafka: Kafka, *ids: str) -> None:
    """Wait until every shard has rescored these listings and conferences, and the newest version of each listing published.

    No recommendation changes because of them later. That nothing waits in the topic of commands would not tell: it takes a
    moment from the listing that is stored to the commands that are published.
    """
    newest: dict[str, int] = {}
    for record in await kafka.read("listings.listings", await kafka.size("listings.listings")):
        if record.value is not None:
            listing = json.loads(record.value)
            newest[listing["listing_id"]] = max(listing["version"], newest.get(listing["listing_id"], 0))

    def commanded(seen: list[ConsumerRecord]) -> bool:
        versions = [(record.key.decode(), json.loads(record.value).get("version", 0)) for record in seen]
        counts = Counter(id for id, version in versions if version >= newest.get(id, 1))
        return all(counts[id] >= RESCORING.partitions for id in {*newest, *ids})

    await kafka.read("matching.rescoring", until=commanded)
    await kafka.no_lag("matching.rescoring", "matching.candidates")
