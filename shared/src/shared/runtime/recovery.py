"""The commands for a service whose database was restored: ``python -m listings rewind TIME``, ``republish``."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiokafka.errors import KafkaError

from shared.database.mongo import Database
from shared.messaging.republishing import Count, Recalled, Republished, Republisher
from shared.messaging.rewinding import MARGIN, rewind
from shared.runtime.command_output import Output
from shared.settings import ServiceSettings

Republishing = Callable[[Database, Any], tuple[list[Recalled], list[Republished]]]
"""What the service takes over from its topics, and what it publishes again; given its database and its settings."""


class Recovery:
    """The commands of one service. ``options.work`` is the function to be called, with the options, settings and database."""

    def __init__(self, service: str, republishing: Republishing) -> None:
        self._service = service
        self._republishing = republishing

    def add_to(self, commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
        """Add the commands to the command line, with the options of ``common``."""
        help = "after a restore, while the service is stopped: move its consumers back to the time of the backup"
        rewinding = commands.add_parser("rewind", parents=[common], help=help, description=help)
        rewinding.add_argument("time", type=_moment, help="when the backup was made, such as 2026-11-28T03:00Z")
        rewinding.set_defaults(work=self._rewind)
        help = "after a restore: publish all state again, with versions above those that other services know"
        republishing = commands.add_parser("republish", parents=[common], help=help, description=help)
        republishing.add_argument(
            "--forget-unknown",
            action="store_true",
            help="have other services forget what this service published but no longer has",
        )
        republishing.set_defaults(work=self._republish)

    async def _rewind(self, options: argparse.Namespace, settings: ServiceSettings, _: Database) -> Output:
        try:
            records = await rewind(self._service, options.time, settings)
        except KafkaError as error:
            raise ConnectionError(f"nothing was rewound; stop all instances of {self._service} first ({error!r})") from error
        since = options.time - MARGIN
        lines = [f"  {group}: {count:,} records" for group, count in records.items()]
        return Output("\n".join([f"The service will read again from {since:%Y-%m-%d %H:%MZ}:", *lines]), {"groups": records})

    async def _republish(self, options: argparse.Namespace, settings: ServiceSettings, database: Database) -> Output:
        republisher, what = Republisher(self._service, database, settings), self._republishing(database, settings)
        try:
            counts = await republisher.run(*what, forget_unknown=options.forget_unknown)
        except KafkaError as error:
            raise ConnectionError(f"Kafka failed ({error!r}); run this again, and it continues") from error
        return Output(_summary(counts, forgotten=options.forget_unknown), {"topics": [count._asdict() for count in counts]})


def _summary(counts: list[Count], *, forgotten: bool) -> str:
    lines = ["All state that this service must not lose is published again."]
    for count in counts:
        lost = f"; {'forgot' if forgotten else 'unknown here:'} {count.unknown:,}" if count.unknown else ""
        lines.append(f"  {count.topic}: published {count.published:,} again{lost}")
    if not forgotten and any(count.unknown for count in counts):
        lines.append("Once the service has read all topics again, run this again with --forget-unknown.")
    return "\n".join(lines)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a time such as 2026-11-28T03:00Z, not {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
