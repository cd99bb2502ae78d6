"""The peer of ``pipeline``: a bare loop of aiokafka's ``getmany``, one bulk write and one produce per event.

No transaction, no outbox, no knowledge of repeated events beyond the document's id, no halving, no dead letters. The bulk
write is one upsert per event by the event's id (``WRITE=upsert``), or one insert per event (``WRITE=insert``), which would fail
on a repeated one.
"""

import asyncio
import json
import os
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import InsertOne, UpdateOne

from shared.settings import ServiceSettings


async def main(count: int) -> None:
    settings = ServiceSettings()
    upsert = os.environ.get("WRITE", "upsert") == "upsert"
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(settings.mongodb_uri.get_secret_value(), w="majority")
    facts = client[f"bare-{os.getpid()}"]["facts"]
    consumer = AIOKafkaConsumer(
        settings.topic_prefix + "attendance.inbound",
        bootstrap_servers=settings.kafka_bootstrap_servers,
        group_id=f"bare-{os.getpid()}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers, acks="all", enable_idempotence=True)
    await consumer.start()
    await producer.start()
    done = 0
    while done < count:
        fetched = await consumer.getmany(timeout_ms=100, max_records=settings.batch_records)
        records = [record for some in fetched.values() for record in some]
        if not records:
            continue
        writes: list[InsertOne[dict[str, Any]] | UpdateOne] = []
        for record in records:
            id, data = dict(record.headers)["ce_id"].decode(), json.loads(record.value)
            writes.append(
                UpdateOne({"_id": id}, {"$setOnInsert": data}, upsert=True) if upsert else InsertOne({"_id": id, **data})
            )
        await facts.bulk_write(writes, ordered=False)
        profiles = settings.topic_prefix + "registration.profiles"
        await asyncio.gather(*[await producer.send(profiles, record.value, record.key) for record in records])
        await consumer.commit()
        done += len(records)
        print(done, flush=True)
    await consumer.stop()
    await producer.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
