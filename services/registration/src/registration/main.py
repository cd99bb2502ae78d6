"""Composition root of the registration service."""

from fastapi import FastAPI

from registration import handlers
from registration.api import attendance, attendees, conferences, connections, keys, me, schedules, statistics, uploads
from registration.api.auth import Guard
from registration.background.uploads import Uploaded
from registration.encryption import Cipher
from registration.rates import Rates
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.connections import Connections
from registration.repository.identities import Identities
from registration.repository.keys import Keys
from registration.repository.requests import Requests
from registration.repository.uploads import Uploads
from registration.settings import Settings
from registration.use_cases.attendance import Recording
from registration.use_cases.conferences import Scheduling
from registration.use_cases.connections import Connecting
from registration.use_cases.intake import Intake, Repeats
from registration.use_cases.keys import Keyring
from registration.use_cases.people import People
from registration.use_cases.profiles import Profiles
from registration.use_cases.rights import Rights, persons_in_letter
from registration.use_cases.uploads import Receiving, Stating
from shared.erasure import Erasures
from shared.service import Service
from shared.topics import ATTENDANCE_INBOUND


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("registration", settings)
    database = service.database
    stored_conferences, stored_attendees = Conferences(database.db), Attendees(database.db)
    identities, stored_keys = Identities(database.db), Keys(database.db)
    keyring, profiles = Keyring(stored_keys), Profiles(stored_attendees, stored_conferences)
    recording = Recording(stored_attendees, identities, stored_conferences, profiles, settings.person_key)
    people = People(stored_attendees, identities, profiles)
    erasures = Erasures(
        service.name, database, settings, lambda letter: persons_in_letter(letter, settings.person_key), ATTENDANCE_INBOUND
    )
    rights = Rights(people, stored_attendees, stored_conferences, stored_keys, erasures, settings.person_key)
    service.on_start(stored_attendees.ensure_indexes)
    service.on_start(identities.ensure_indexes)
    service.erase_from_topics(erasures)
    service.every(10.0, lambda: database.transact(people.settle))
    requests = Requests(database.db)
    service.on_start(requests.ensure_indexes)
    service.consume(ATTENDANCE_INBOUND, handler=handlers.on_attendance(recording))
    service.on_start(stored_keys.ensure_indexes)
    connecting = Connecting(Connections(database.db), Cipher(settings.secrets_key))
    guard, rates = Guard(keyring), Rates()
    scheduling = Scheduling(stored_conferences)
    stored_uploads = Uploads(database.db)
    receiving, stating = Receiving(stored_uploads, stored_conferences, database), Stating(stored_uploads, Intake(), database)
    uploaded = Uploaded(receiving, stating, stored_uploads, stored_conferences, database, settings.person_key)
    service.on_start(stored_uploads.ensure_indexes)
    service.every(1.0, uploaded.state_all)
    return service.app(
        attendance.create_router(guard, rates, Intake(), Repeats(requests), database),
        conferences.create_router(guard, scheduling, stored_conferences, database),
        schedules.create_router(guard, scheduling, database),
        uploads.create_router(guard, receiving, stored_uploads),
        attendees.create_router(guard, people, rights, keyring, database),
        me.create_router(guard, people, rights, database),
        statistics.create_router(guard, stored_attendees, stored_conferences),
        keys.create_router(guard, keyring, database),
        connections.create_router(guard, connecting, database),
        body_limits={"/conferences/*/schedule": 20 * 1024 * 1024, "/conferences/*/attendance.csv": None},
    )
