"""Composition root of the registration service."""

from fastapi import FastAPI

from registration import handlers
from registration.api import attendance, attendees, conferences, connections, keys
from registration.api.auth import Guard
from registration.encryption import Cipher
from registration.rates import Rates
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.connections import Connections
from registration.repository.keys import Keys
from registration.repository.requests import Requests
from registration.settings import Settings
from registration.use_cases.attendance import Recording
from registration.use_cases.conferences import Scheduling
from registration.use_cases.connections import Connecting
from registration.use_cases.intake import Intake, Repeats
from registration.use_cases.keys import Keyring
from shared.service import Service
from shared.topics import ATTENDANCE_INBOUND


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("registration", settings)
    database = service.database
    stored_conferences, stored_attendees = Conferences(database.db), Attendees(database.db)
    recording = Recording(stored_attendees, stored_conferences, settings.person_key)
    requests = Requests(database.db)
    service.on_start(requests.ensure_indexes)
    service.consume(ATTENDANCE_INBOUND, handler=handlers.on_attendance(recording))
    stored_keys = Keys(database.db)
    keyring = Keyring(stored_keys)
    connecting = Connecting(Connections(database.db), Cipher(settings.secrets_key))
    service.on_start(stored_keys.ensure_indexes)
    guard, rates = Guard(keyring), Rates()
    return service.app(
        attendance.create_router(guard, rates, Intake(), Repeats(requests), database),
        conferences.create_router(guard, Scheduling(stored_conferences), stored_conferences, database),
        attendees.create_router(guard, recording, stored_attendees, stored_conferences, database),
        keys.create_router(guard, keyring, database),
        connections.create_router(guard, connecting, database),
        body_limits={"/conferences/*/schedule": 20 * 1024 * 1024, "/conferences/*/attendance.csv": None},
    )
