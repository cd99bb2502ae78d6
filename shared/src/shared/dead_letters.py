"""Dead letters: records that could not be applied, kept unchanged with the reason, for operators to mend and replay."""

from typing import Final

from aiokafka import AIOKafkaProducer

from shared.envelope import Record
from shared.topics import dead_letters

PREFIX: Final = "dl_"


async def bury(producer: AIOKafkaProducer, service: str, prefix: str, record: Record, reason: str, attempts: int) -> None:
    """Put the record into the service's dead-letter topic and wait until Kafka has it.

    Key, value and headers stay as they came, null headers too; the ``dl_*`` headers say whence it came, and why.
    """
    origin = {
        "dl_topic": record.topic,
        "dl_partition": str(record.partition),
        "dl_offset": str(record.offset),
        "dl_reason": reason,
        "dl_attempts": str(attempts),
    }
    kept = [(name, value) for name, value in record.headers if not name.startswith(PREFIX)]
    await producer.send_and_wait(
        prefix + dead_letters(service).name,
        key=record.key,
        value=record.value,
        headers=[*kept, *((name, text.encode()) for name, text in origin.items())],
    )
