"""The command line: ``python -m shared.messaging.dead_letters list``, ``show``, ``replay`` and ``discard``."""

import argparse
import asyncio
import getpass
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from aiokafka.errors import KafkaError

from shared.contract.topics import SERVICES
from shared.environment import read_settings
from shared.logging import configure_logging
from shared.messaging.dead_letters.choosing import EXPECTED, filtered, named, names
from shared.messaging.dead_letters.letters import DeadLetter, details
from shared.messaging.dead_letters.reading import PAGE, letters
from shared.messaging.dead_letters.replaying import NotKept, discard, not_kept, replay
from shared.settings import ServiceSettings

log = structlog.get_logger("shared.messaging.dead_letters")


@dataclass(frozen=True)
class Command:
    """One call of the command line, on the letters of these services."""

    settings: ServiceSettings
    services: Sequence[str]

    async def show_list(self, matches: Callable[[DeadLetter], bool]) -> None:
        count = 0
        async with aclosing(letters(self.settings, self.services, matches=matches, content=False)) as matching:
            async for letter in matching:
                print(_line(letter))
                count += 1
        if count:
            print(f"{count} in all. Fix the cause, then run `make dead-letters REPLAY=all` or REPLAY=one,another.")
        else:
            print("no dead letters")

    async def show(self, texts: Sequence[str]) -> None:
        async for letter in self._named(texts):
            # In ASCII: nothing in it may steer the terminal.
            print(json.dumps(details(letter), indent=2, default=str))

    async def replay_named(self, texts: Sequence[str]) -> None:
        chosen = await self._some_named(texts)
        old = await replay(chosen, self.settings)
        _tell_superseded(old)
        print(f"{len(chosen) - len(old)} sent again")

    async def replay_all(self) -> None:
        sent = 0
        async for batch in self._pages():
            while batch:
                try:
                    old = await replay(batch, self.settings)
                except NotKept as error:
                    for letter in error.letters:
                        print(f"left out: {not_kept(letter)}")
                    lost = {letter.origin for letter in error.letters}
                    batch = [letter for letter in batch if letter.origin not in lost]
                    continue
                _tell_superseded(old)
                sent += len(batch) - len(old)
                break
        print(f"{sent} sent again")

    async def discard(self, texts: Sequence[str]) -> None:
        chosen = await self._some_named(texts)
        await discard(chosen, self.settings)
        for letter in chosen:
            log.warning("dead_letter_discarded", origin=letter.origin, service=letter.service, by=getpass.getuser())
        print(f"{len(chosen)} discarded")

    async def _some_named(self, texts: Sequence[str]) -> list[DeadLetter]:
        chosen: list[DeadLetter] = []
        async for letter in self._named(texts):
            if len(chosen) == PAGE:
                raise SystemExit(f"more than {PAGE} dead letters are named. Nothing was done; name fewer at once.")
            chosen.append(letter)
        return chosen

    async def _named(self, texts: Sequence[str]) -> AsyncIterator[DeadLetter]:
        """The letters of these names. Ends the program where there is none of some name."""
        for name in [name for text in texts for name in names(text)]:
            try:
                matches = named(name)
            except ValueError as error:
                raise SystemExit(f"{_plain(name)} {error}") from None
            found = False
            async with aclosing(letters(self.settings, self.services, matches=matches)) as matching:
                async for letter in matching:
                    found = True
                    yield letter
            if not found:
                raise SystemExit(f"no dead letter {_plain(name)}; `make dead-letters` lists them, first on each line")

    async def _pages(self) -> AsyncIterator[list[DeadLetter]]:
        batch: list[DeadLetter] = []
        async with aclosing(letters(self.settings, self.services)) as found:
            async for letter in found:
                batch.append(letter)
                if len(batch) == PAGE:
                    yield batch
                    batch = []
        if batch:
            yield batch


def _tell_superseded(old: Sequence[DeadLetter]) -> None:
    for letter in old:
        print(f"{letter.origin}: superseded by a newer record with the same key")


def _plain(text: str) -> str:
    """A text as ASCII that steers no terminal."""
    return ascii(text)[1:-1]


def _line(letter: DeadLetter) -> str:
    # Reasons quote what strangers sent: nothing in them may steer the terminal.
    reason = "".join(character if character.isprintable() else "�" for character in letter.reason)
    return f"{letter.origin:<36} {letter.at:%Y-%m-%d %H:%M:%S}  {letter.service}: {reason}"


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m shared.messaging.dead_letters", description="records that could not be applied"
    )
    parser.add_argument("--service", choices=SERVICES, help="only this service's (default: all)")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="list dead letters: origin, time, service and reason")
    for name, what in (("topic", "from this topic"), ("source", "of events of this source"), ("id", "of the event of this id")):
        listing.add_argument(f"--{name}", default="", help=f"only those {what}")
    listing.add_argument("--reason", default="", help="only those with this text in their reason")
    which = f"{EXPECTED}; several separated by commas"
    commands.add_parser("show", help="show dead letters in full; their content is personal data").add_argument(
        "which", nargs="+", help=which
    )
    commands.add_parser("replay", help="send dead letters again").add_argument("which", nargs="+", help=f"all, or {which}")
    commands.add_parser("discard", help="erase dead letters for good").add_argument("which", nargs="+", help=which)
    return parser.parse_args(words)


async def main(words: Sequence[str]) -> None:
    """Run the command in these words. Ends the program with a message where it cannot."""
    arguments = _arguments(words)
    settings = read_settings(ServiceSettings)
    configure_logging("dead_letters", settings.log_level, settings.log_format)
    command = Command(settings, [arguments.service] if arguments.service else SERVICES)
    try:
        match arguments.command:
            case "list":
                await command.show_list(filtered(arguments.topic, arguments.source, arguments.id, arguments.reason))
            case "show":
                await command.show(arguments.which)
            case "replay" if arguments.which == ["all"]:
                await command.replay_all()
            case "replay":
                await command.replay_named(arguments.which)
            case "discard":
                await command.discard(arguments.which)
    except NotKept as error:
        raise SystemExit(f"{error}\nNothing was sent.") from error
    except KafkaError as error:
        raise SystemExit(f"Kafka at {settings.kafka_bootstrap_servers} does not answer: {error}") from error


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
