"""The latest counts in MongoDB: one document for each conference, so that a page reads one."""

from datetime import datetime

from matching.applications.domain.application import Answers
from matching.host_answers.domain import CountedHosts, HostTally
from shared.database.leases import Leases
from shared.database.mongo import MongoDatabase


class HostAnswersRepository:
    """Stores how the hosts of each conference answer, and the lease on counting it."""

    def __init__(self, db: MongoDatabase) -> None:
        self._host_answers = db["host_answers"]
        self.leases = Leases(db["leases"])

    async def get(self, conference_id: str) -> CountedHosts | None:
        """The hosts of a conference as last counted; None before the first count, or if it had none."""
        document = await self._host_answers.find_one({"_id": conference_id})
        if document is None:
            return None
        hosts = [HostTally(name, Answers(*answers), waiting, soon) for name, *answers, waiting, soon in document["hosts"]]
        return CountedHosts(document["as_of"], hosts)

    async def save(self, conference_id: str, counted: CountedHosts) -> None:
        """Store these counts. They replace earlier ones."""
        hosts = [[one.name, one.answers.answered, one.answers.unanswered, one.waiting, one.soon] for one in counted.hosts]
        document = {"as_of": counted.as_of, "hosts": hosts}
        await self._host_answers.replace_one({"_id": conference_id}, document, upsert=True)

    async def forget(self, before: datetime) -> None:
        """Delete counts from before this time."""
        await self._host_answers.delete_many({"as_of": {"$lt": before}})
