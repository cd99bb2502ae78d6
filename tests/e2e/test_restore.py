"""The drill: one service's database is destroyed and yesterday's restored. Every service agrees again, and no mail comes twice."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from pymongo import AsyncMongoClient

from shared.contract.topics import SERVICES
from support.answers import ok
from support.databases import name_of
from support.kafka import Kafka
from support.patience import PATIENCE, until
from support.platform import Platform, caught_up, person, prepare, publish_listing

pytestmark = pytest.mark.proof

DEADLINE: Final = (datetime.now(UTC) + timedelta(days=14)).isoformat()
Document = dict[str, Any]

PROJECTIONS: Final = (
    ("registration.contacts", "notifications", "contacts", "attendee.version"),
    ("registration.profiles", "matching", "candidates", "version"),
    ("registration.conferences", "listings", "conferences", "version"),
    ("registration.conferences", "matching", "conferences", "version"),
    ("listings.listings", "matching", "listings", "version"),
    ("listings.listings", "notifications", "listings", "version"),
    ("matching.seats", "listings", "listings", "seats_version"),
    ("matching.recommendations", "notifications", "contacts", "recommendations.version"),
    ("matching.applications", "notifications", "applications", "version"),
)
"""What readers keep of topics: in which collection, and where the version is that they know."""
STATE: Final = (
    ("registration.contacts", "attendees", "contact_version"),
    ("registration.profiles", "attendees", "profile_version"),
    ("registration.conferences", "conferences", "version"),
    ("registration.keys", "keys", "version"),
    ("listings.organizations", "organizations", "version"),
    ("listings.listings", "listings", "version"),
    ("matching.seats", "seats", "version"),
    ("matching.recommendations", "candidates", "matches_version"),
    ("matching.applications", "applications", "version"),
)
"""What topics tell of their publishers' collections."""


class Databases:
    """The databases of the services."""

    def __init__(self, uri: str) -> None:
        self._client: AsyncMongoClient[Document] = AsyncMongoClient(uri)
        self._saved: dict[str, list[Document]] = {}

    async def save(self, service: str) -> None:
        """Make a backup of this service's database."""
        database = self._client[name_of(service)]
        self._saved = {name: await database[name].find().to_list() for name in await database.list_collection_names()}

    async def restore(self, service: str) -> None:
        """Destroy the service's database, and make it anew from the backup. Indexes are made when the service starts."""
        name = name_of(service)
        await self._client.drop_database(name)
        for collection, documents in self._saved.items():
            if documents:
                await self._client[name][collection].insert_many(documents)

    async def values(self, service: str, collection: str, field: str) -> dict[str, int]:
        """This field of the documents that have it, by their ids."""
        found = await self._client[name_of(service)][collection].find().to_list()
        values = {document["_id"]: _value(document, field) for document in found}
        return {id: value for id, value in values.items() if value}


def _value(document: Document, field: str) -> Any:
    value: Any = document
    for name in field.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


async def newest(kafka: Kafka, topic: str) -> dict[str, int]:
    """The version of each thing that the topic tells of, and that is not erased."""
    versions: dict[str, int] = {}
    for record in await kafka.read(topic, await kafka.size(topic)):
        key = record.key.decode()
        if record.value:
            versions[key] = json.loads(record.value)["version"]
        else:
            versions.pop(key, None)
    return versions


async def disagreements(kafka: Kafka, databases: Databases) -> list[str]:
    """Where a publisher's database, its topic and a reader's database differ."""
    wrong = []
    for topic, collection, field in STATE:
        told, known = await newest(kafka, topic), await databases.values(topic.split(".")[0], collection, field)
        if told != known:
            wrong.append(f"{topic} tells {told}, its publisher knows {known}")
    for topic, reader, collection, field in PROJECTIONS:
        told, known = await newest(kafka, topic), await databases.values(reader, collection, field)
        # Readers keep that a listing closed after it was forgotten.
        known = {id: version for id, version in known.items() if id in told}
        if told != known:
            wrong.append(f"{topic} tells {told}, {reader} knows {known}")
    return wrong


async def command(service: str, *arguments: str) -> str:
    """The output of ``python -m SERVICE ...``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", service, *arguments, env=os.environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, (output, errors.decode()[-2000:])
    print(output.decode())
    return output.decode()


class Story:
    """What people do: before the backup, after it, and after the restore."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient, kafka: Kafka, prefix: str) -> None:
        self.platform = platform
        self.client = client
        self.kafka = kafka
        self.ada, self.bob, self.eve = (f"{name}.{prefix}x@example.org" for name in ("ada", "bob", "eve"))

    async def ask(self, service: str, method: str, path: str, body: Any = None, version: int | None = None) -> Any:
        headers = {} if version is None else {"if-match": f'"{version}"'}
        return await ok(self.client.request(method, f"{self.platform.url(service)}{path}", json=body, headers=headers))

    async def attend(self, email: str) -> str:
        """Somebody attends, and gets a mail with a match. Returns the id."""
        agreed = {"mail": True, "matching": True, "sharing": True}
        attended = {"conference_id": "c1", "session_id": "s1", "attendee": person(email) | {"consent": agreed}}
        await self.kafka.attend("session_attended", attended, time=datetime.now(UTC).isoformat())
        await self.platform.mail(email, naming="Faster")
        return str((await self.ask("registration", "GET", f"/attendees?email={email}"))["id"])

    async def before(self) -> None:
        await prepare(self.platform, self.client)
        await self.kafka.no_lag("listings.listings", "matching.catalogue")
        ada, bob = await asyncio.gather(self.attend(self.ada), self.attend(self.bob))
        self.ids = {self.ada: ada, self.bob: bob}
        self.application = await self.ask("matching", "PUT", f"/attendees/{ada}/applications/l1", {"name": "Ada"})
        await self.platform.mail(self.ada, naming="application")

    async def after(self) -> None:
        """What the backup does not have: an offer, a listing, somebody new, an erasure."""
        offer = f"/applications/{self.application['id']}/offer"
        self.application = await self.ask("matching", "POST", offer, {"deadline": DEADLINE}, self.application["version"])
        await self.platform.mail(self.ada, naming="offer")
        await self.attend(self.eve)
        await publish_listing(self.platform, self.client, "l2", "Vectors", ["NumPy"])
        await self.platform.mail(self.eve, naming="Vectors")
        await self.ask("registration", "DELETE", f"/attendees/{self.ids[self.bob]}")
        await self.platform.mail(self.bob, naming="we have deleted")

    async def mails(self) -> Counter[tuple[str, str]]:
        """How often each recipient got a mail with each subject."""
        found = [(to, mail) for to in (self.ada, self.bob, self.eve) for mail in await self.platform.mails(to)]
        return Counter((to, mail["subject"]) for to, mail in found)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_restored_database_agrees_with_the_others_and_no_mail_comes_twice(
    service: str, platform: Platform, kafka: Kafka, environment: dict[str, str]
) -> None:
    databases = Databases(environment["MONGODB_URI"])
    async with httpx.AsyncClient(timeout=PATIENCE, headers=await platform.operator()) as client:
        story = Story(platform, client, kafka, environment["TOPIC_PREFIX"])
        await story.before()
        await settled(kafka, databases)
        await databases.save(service)
        saved_at = datetime.now(UTC)
        await story.after()
        await settled(kafka, databases)
        mails = await story.mails()

        await asyncio.to_thread(platform.servers[service].stop)
        await databases.restore(service)
        await command(service, "rewind", saved_at.isoformat())
        await command(service, "republish")
        await asyncio.to_thread(platform.servers[service].start)
        await caught_up(kafka)
        await command(service, "republish", "--forget-unknown")
        await settled(kafka, databases)

        assert await story.mails() == mails
        assert (await client.get(f"{platform.url('registration')}/attendees?email={story.bob}")).status_code == 404
        # An erasure deletes what was attended before from the topic: its source has to send that again.
        await story.attend(story.eve)
        # What is new reaches everybody, under versions that nobody knows yet.
        await publish_listing(platform, client, "l3", "Tensors", ["NumPy"])
        await platform.mail(story.eve, naming="Tensors")


async def settled(kafka: Kafka, databases: Databases) -> None:
    """Wait until all services agree."""

    async def agree() -> bool:
        return not await disagreements(kafka, databases)

    await caught_up(kafka)
    try:
        await until(agree)
    except TimeoutError:
        raise AssertionError("\n".join(await disagreements(kafka, databases))) from None
