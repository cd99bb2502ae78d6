"""All that the service keeps in its database."""

import asyncio

from pydantic import SecretStr

from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.connections import Connections
from registration.repository.deliveries import Deliveries
from registration.repository.facts import Facts
from registration.repository.identities import Identities
from registration.repository.keys import Keys
from registration.repository.objects import Objects
from registration.repository.pending import Pending
from registration.repository.polls import Polls
from registration.repository.rejections import Rejections
from registration.repository.requests import Requests
from registration.repository.uploads import Uploads
from shared.mongo import MongoDatabase
from shared.persons import person_id


class Stores:
    """Each concern's repository, by its name."""

    def __init__(self, db: MongoDatabase, person_key: SecretStr) -> None:
        self.attendees = Attendees(db)
        self.conferences = Conferences(db)
        self.connections = Connections(db)
        self.deliveries = Deliveries(db)
        self.facts = Facts(db)
        self.identities = Identities(db)
        self.keys = Keys(db)
        self.objects = Objects(db, lambda text: person_id(text, person_key))
        self.pending = Pending(db)
        self.polls = Polls(db)
        self.rejections = Rejections(db)
        self.requests = Requests(db)
        self.uploads = Uploads(db)

    async def ensure_indexes(self) -> None:
        stores = (
            self.deliveries,
            self.facts,
            self.identities,
            self.keys,
            self.objects,
            self.pending,
            self.rejections,
            self.requests,
            self.uploads,
        )
        await asyncio.gather(*(store.ensure_indexes() for store in stores))
