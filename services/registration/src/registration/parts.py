"""Objects that several rooms share, each created once."""

from registration.attendance.use_cases.event_lookup import EventLookup
from registration.attendance.use_cases.intake import Intake
from registration.attendees.use_cases import Profiles
from registration.conferences.use_cases import ScheduleReader
from registration.keys.use_cases import KeyManager
from registration.organizers.use_cases import Organizers
from registration.rate_limits import Rates
from registration.repositories import Repositories
from registration.settings import Settings
from shared.runtime.access import people_by_copies
from shared.runtime.service import Service
from shared.web.access.guard import Guard


class Parts:
    """The objects that several rooms share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.service = Service("registration", settings)
        self.repositories = repositories = Repositories(self.service.database.db, settings.person_key)
        self.service.on_start(repositories.ensure_indexes)
        self.profiles = Profiles(repositories.attendees, repositories.facts, repositories.conferences)
        self.intake = Intake()
        self.schedule_reader = ScheduleReader()
        self.rates = Rates()
        self.event_lookup = EventLookup(
            repositories.facts, repositories.pending, repositories.rejections, repositories.conferences
        )
        self.organizers = Organizers(
            repositories.attendees, repositories.identities, repositories.conferences, self.profiles, settings.person_key
        )
        self.key_manager = KeyManager(repositories.keys)
        people = people_by_copies(self.service)
        self.guard = Guard(repositories.keys, self.key_manager.note_use, people, self.organizers)
