"""Composition root of the registration service."""

from datetime import timedelta

from fastapi import FastAPI

from registration import handlers
from registration.api import (
    attendance,
    attendees,
    conferences,
    connections,
    keys,
    me,
    publish,
    schedules,
    statistics,
    uploads,
    webhooks,
)
from registration.api.auth import Guard
from registration.api.publish_page import PublishPage
from registration.background.asking import Asking
from registration.background.deliveries import Worker
from registration.background.polls import Poller
from registration.background.uploads import Uploaded
from registration.encryption import Cipher
from registration.fetching import Fetcher
from registration.rates import Rates
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.connections import Connections
from registration.repository.deliveries import Deliveries
from registration.repository.identities import Identities
from registration.repository.keys import Keys
from registration.repository.objects import Objects
from registration.repository.polls import Polls
from registration.repository.requests import Requests
from registration.repository.uploads import Uploads
from registration.settings import Settings
from registration.use_cases.attendance import Recording
from registration.use_cases.conferences import Scheduling
from registration.use_cases.connections import Connecting
from registration.use_cases.deliveries import Accepting, Delivered, Inspecting
from registration.use_cases.intake import Intake, Repeats
from registration.use_cases.keys import Keyring
from registration.use_cases.observing import Observing
from registration.use_cases.people import People
from registration.use_cases.profiles import Profiles
from registration.use_cases.rights import Rights, persons_in_letter
from registration.use_cases.uploads import Receiving, Stating
from shared.erasure import Erasures
from shared.persons import person_id
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
    deliveries, polls = Deliveries(database.db), Polls(database.db)
    objects = Objects(database.db, lambda text: person_id(text, settings.person_key))
    forget = (stored_keys.erase, objects.erase, deliveries.erase, erasures.add)
    rights = Rights(people, stored_attendees, stored_conferences, objects, settings.person_key, forget)
    service.on_start(stored_attendees.ensure_indexes)
    service.on_start(identities.ensure_indexes)
    service.erase_from_topics(erasures)
    service.every(10.0, lambda: database.transact(people.settle))
    requests = Requests(database.db)
    service.on_start(requests.ensure_indexes)
    service.consume(ATTENDANCE_INBOUND, handler=handlers.on_attendance(recording))
    service.on_start(stored_keys.ensure_indexes)
    stored_connections, cipher = Connections(database.db), Cipher(settings.secrets_key)
    connecting = Connecting(stored_connections, cipher)
    guard, rates = Guard(keyring), Rates()
    scheduling = Scheduling(stored_conferences)
    stored_uploads = Uploads(database.db)
    receiving, stating = Receiving(stored_uploads, stored_conferences, database), Stating(stored_uploads, Intake(), database)
    uploaded = Uploaded(receiving, stating, stored_uploads, stored_conferences, database, settings.person_key)
    service.on_start(stored_uploads.ensure_indexes)
    service.every(1.0, uploaded.state_all)

    service.on_start(deliveries.ensure_indexes)
    service.on_start(objects.ensure_indexes)
    fetcher = Fetcher(seconds=settings.fetch_seconds, private_networks=settings.fetch_private_networks)
    service.on_stop(fetcher.close)
    asking = Asking(fetcher, polls, cipher)
    observing = Observing(objects, identities, Intake(), settings.person_key)
    first_pause = timedelta(seconds=settings.webhook_retry_seconds)
    worker = Worker(
        stored_connections,
        deliveries,
        Delivered(deliveries, observing, Intake()),
        asking,
        database,
        first_pause=first_pause,
        attempts=settings.webhook_attempts,
    )
    poller = Poller(stored_connections, polls, objects, observing, asking, database, first_pause=first_pause)
    worker.start(service.every)
    poller.start(service.every)
    accepting = Accepting(stored_connections, deliveries, cipher, settings.person_key)
    inspecting = Inspecting(deliveries)

    topic = f"{settings.topic_prefix}{ATTENDANCE_INBOUND.name}"
    publish_page = PublishPage(settings.publishers_kafka_servers or settings.kafka_bootstrap_servers, topic)
    return service.app(
        attendance.create_router(guard, rates, Intake(), Repeats(requests), database),
        conferences.create_router(guard, scheduling, stored_conferences, database),
        schedules.create_router(guard, scheduling, database),
        uploads.create_router(guard, receiving, stored_uploads),
        attendees.create_router(guard, people, rights, keyring, database),
        me.create_router(guard, people, rights, database),
        statistics.create_router(guard, stored_attendees, stored_conferences),
        publish.create_router(recording, rates, database, publish_page),
        keys.create_router(guard, keyring, database),
        connections.create_router(guard, connecting, database),
        webhooks.create_router(guard, rates, connecting, accepting, inspecting, polls, database, worker.arrived.set),
        body_limits={
            "/webhooks/*": 1024 * 1024,
            "/conferences/*/schedule": 20 * 1024 * 1024,
            "/conferences/*/attendance.csv": None,
        },
    )
