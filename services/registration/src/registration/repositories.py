"""All repositories of the service."""

import asyncio

from pydantic import SecretStr

from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.attendance.repository.requests import Requests
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.facts import Facts
from registration.attendees.repository.identities import Identities
from registration.brands.repository import Logos
from registration.conferences.repository import Announcements, Conferences, ScheduleImports
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.repository.objects import Objects
from registration.connections.repository.polls import Polls
from registration.hosts.repository import HostsRepository
from registration.keys.repository import Keys
from registration.portfolio.repository.handles import Handles
from registration.portfolio.repository.placements import Placements
from registration.portfolio.repository.status_lists import StatusLists
from registration.uploads.repository import Uploads
from shared.database.mongo import MongoDatabase
from shared.persons import person_id


class Repositories:
    """The repositories, one for each kind of thing that is stored."""

    def __init__(self, db: MongoDatabase, person_key: SecretStr) -> None:
        self.announcements = Announcements(db)
        self.attendees = Attendees(db)
        self.conferences = Conferences(db)
        self.connections = Connections(db)
        self.deliveries = Deliveries(db)
        self.facts = Facts(db)
        self.handles = Handles(db, person_key)
        self.hosts = HostsRepository(db)
        self.identities = Identities(db)
        self.keys = Keys(db)
        self.logos = Logos(db)
        self.objects = Objects(db, lambda text: person_id(text, person_key))
        self.pending = PendingEvents(db)
        self.placements = Placements(db)
        self.polls = Polls(db)
        self.rejections = Rejections(db)
        self.requests = Requests(db)
        self.schedule_imports = ScheduleImports(db)
        self.status_lists = StatusLists(db)
        self.uploads = Uploads(db)

    async def ensure_indexes(self) -> None:
        repositories = (
            self.announcements,
            self.deliveries,
            self.facts,
            self.handles,
            self.hosts,
            self.identities,
            self.keys,
            self.logos,
            self.objects,
            self.pending,
            self.placements,
            self.rejections,
            self.requests,
            self.uploads,
        )
        await asyncio.gather(*(repository.ensure_indexes() for repository in repositories))
