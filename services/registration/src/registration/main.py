"""The composition root of the registration service. Each function wires one room and returns its routers."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, FastAPI

from registration.attendance.api import events as attendance
from registration.attendance.api import publish, statistics
from registration.attendance.api.publish_page import PublishPage
from registration.attendance.domain.capacity import Amount, Capacity
from registration.attendance.domain.pending import MAX_PENDING
from registration.attendance.use_cases.event_recorder import EventRecorder
from registration.attendance.use_cases.outcomes import Outcomes
from registration.attendance.use_cases.repeated_requests import RepeatedRequests
from registration.attendance.use_cases.unapplied_events import UnappliedEvents
from registration.attendance.worker import PendingWorker
from registration.attendees.domain.mentions import persons_in_record
from registration.brands import api as brands
from registration.brands.domain import MOST_BYTES
from registration.brands.use_cases import Branding
from registration.conferences.api import conferences, schedules
from registration.conferences.use_cases import ConferenceScheduler
from registration.connections.api import connections, webhooks
from registration.connections.fetcher import Fetcher
from registration.connections.use_cases.connection_manager import ConnectionManager
from registration.connections.use_cases.delivery_manager import DeliveryManager
from registration.connections.use_cases.delivery_processor import DeliveryProcessor
from registration.connections.use_cases.delivery_rejections import DeliveryRejections
from registration.connections.use_cases.observation_recorder import ObservationRecorder
from registration.connections.use_cases.webhook_receiver import WebhookReceiver
from registration.connections.worker.api_client import ApiClient
from registration.connections.worker.deliveries import DeliveryWorker
from registration.connections.worker.polls import PollWorker
from registration.connections.worker.session_mapper import SessionMapper
from registration.dead_letters import api as dead_letters
from registration.hosts.use_cases import HostNames
from registration.keys import api as keys
from registration.openapi_links import describe_links
from registration.organizers import api as organizers_api
from registration.organizing.wiring import organizer_pages
from registration.parts import Parts
from registration.people.api import attendees, me
from registration.people.pages import consent as consent_page
from registration.people.pages import own_data, skills, wishes
from registration.people.use_cases.erasure import PersonEraser
from registration.people.use_cases.exports import Exports
from registration.people.use_cases.own_attendee import OwnAttendee
from registration.people.use_cases.own_skills import OwnSkills
from registration.people.use_cases.people import People
from registration.people.use_cases.rights import Rights
from registration.portfolio.api import credentials as my_credentials
from registration.portfolio.api import issuer as issuer_api
from registration.portfolio.api import me as my_portfolio
from registration.portfolio.api import public as public_portfolios
from registration.portfolio.domain.open_badges import Issuer
from registration.portfolio.pages import credential as credential_page
from registration.portfolio.pages import placements as placements_page
from registration.portfolio.use_cases.credentials import Credentials
from registration.portfolio.use_cases.erasure import PortfolioEraser
from registration.portfolio.use_cases.placement_recorder import PlacementRecorder
from registration.portfolio.use_cases.portfolios import Portfolios
from registration.portfolio.use_cases.revoker import Revoker
from registration.settings import Settings
from registration.turnout.repository import Turnouts
from registration.turnout.use_cases import TurnoutCounter
from registration.uploads import api as uploads
from registration.uploads.use_cases.row_publisher import RowPublisher
from registration.uploads.use_cases.upload_receiver import UploadReceiver
from registration.uploads.worker import UploadWorker
from shared.contract.topics import ATTENDANCE_INBOUND, ORGANIZATIONS, PLACEMENTS
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.messaging.dead_letters import Content
from shared.messaging.erasure import Erasures
from shared.persons import Mentioned, person_id

_BODY_LIMITS: Final[dict[str, int | None]] = {
    "/attendance": 5 * 1024 * 1024,
    "/webhooks/*": 1024 * 1024,
    "/conferences/*/schedule": 20 * 1024 * 1024,
    "/organize/*/schedule": 20 * 1024 * 1024 + 64 * 1024,  # the same in a form
    "/conferences/*/attendance.csv": None,  # limited by ``upload_bytes``
    "/conferences/*/logo": MOST_BYTES,
    "/organize/*/brand": MOST_BYTES + 64 * 1024,
    "/conferences/*": 4 * 1024 * 1024,
    "/docs/publish/check": 4 * 1024 * 1024,  # a form may escape each character of an event
}


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    parts = Parts(settings)
    service, repositories = parts.service, parts.repositories
    routers = (
        *_attendance(parts),
        *_conferences(parts),
        *_people(parts),
        *_portfolios(parts),
        *_uploads(parts),
        *_connections(parts),
        *organizer_pages(service, settings, parts.guard, repositories, parts.event_lookup, parts.schedule_reader),
        dead_letters.create_router(parts.guard, settings),
        keys.create_router(parts.guard, parts.key_manager, service.database),
        statistics.create_router(parts.guard, repositories.attendees, repositories.facts, repositories.conferences),
    )
    turnout = TurnoutCounter(Turnouts(service.database.db), service.database, timedelta(seconds=settings.turnout_seconds))
    service.every(min(5.0, settings.turnout_seconds), turnout.count)
    app = service.app(parts.guard, *routers, body_limits=_BODY_LIMITS, raw_bodies=["/conferences/*/schedule"])
    describe_links(app)
    return app


def _attendance(parts: Parts) -> tuple[APIRouter, ...]:
    """Attendance events, from Kafka and over HTTP."""
    repositories, database, settings = parts.repositories, parts.service.database, parts.settings
    capacity = Capacity(MAX_PENDING, Amount(settings.pending_events, settings.pending_bytes))
    outcomes = Outcomes(
        repositories.pending,
        repositories.rejections,
        DeliveryRejections(repositories.deliveries).mark,
        settings.person_key,
        capacity,
    )
    event_recorder = EventRecorder(
        repositories.attendees,
        repositories.facts,
        repositories.identities,
        repositories.conferences,
        parts.profiles,
        outcomes,
        settings.person_key,
    )
    unapplied = UnappliedEvents(outcomes, database, settings.person_key)
    consumer = parts.service.consume(ATTENDANCE_INBOUND, handler=event_recorder.record, unapplied=unapplied.note)
    worker = PendingWorker(
        event_recorder,
        outcomes,
        repositories.pending,
        repositories.conferences,
        repositories.announcements,
        database,
        consumer.bury,
        settings.pending_days,
    )
    worker.start(parts.service.every)
    return (
        attendance.create_router(
            parts.guard, parts.rates, parts.intake, RepeatedRequests(repositories.requests), parts.event_lookup, database
        ),
        publish.create_router(event_recorder, parts.rates, database, PublishPage(parts.service.pages, settings)),
    )


def _conferences(parts: Parts) -> tuple[APIRouter, ...]:
    """Conferences, their schedules and their brands."""
    repositories, database = parts.repositories, parts.service.database
    conference_scheduler = ConferenceScheduler(
        repositories.conferences, repositories.announcements, repositories.schedule_imports
    )
    return (
        conferences.create_router(parts.guard, conference_scheduler, repositories.conferences, database),
        schedules.create_router(parts.guard, conference_scheduler, parts.schedule_reader, database),
        brands.create_router(
            parts.guard,
            Branding(repositories.conferences, repositories.logos),
            repositories.conferences,
            repositories.logos,
            database,
        ),
    )


def _uploads(parts: Parts) -> tuple[APIRouter, ...]:
    """Attendance files."""
    repositories, database = parts.repositories, parts.service.database
    upload_receiver = UploadReceiver(repositories.uploads, repositories.conferences, database, parts.settings.upload_bytes)
    row_publisher = RowPublisher(repositories.uploads, parts.intake, database)
    worker = UploadWorker(
        upload_receiver, row_publisher, repositories.uploads, repositories.conferences, database, parts.settings.person_key
    )
    parts.service.every(1.0, worker.publish_all)
    return (uploads.create_router(parts.guard, upload_receiver, repositories.uploads),)


def _people(parts: Parts) -> tuple[APIRouter, ...]:
    """People: merges, consent, export and erasure; and who organizes conferences."""
    service, repositories, database, key = parts.service, parts.repositories, parts.service.database, parts.settings.person_key
    people = People(
        repositories.attendees,
        repositories.facts,
        repositories.identities,
        repositories.pending,
        parts.profiles,
        parts.organizers,
    )

    def persons_in(record: Content, reason: str) -> Mentioned:
        return persons_in_record(record.key, record.value, record.headers, reason, lambda text: person_id(text, key))

    erasures = Erasures(service.name, database, parts.settings, persons_in, ATTENDANCE_INBOUND)
    eraser = PersonEraser(
        people,
        repositories.keys,
        repositories.objects,
        repositories.deliveries,
        repositories.pending,
        repositories.rejections,
        PortfolioEraser(repositories.placements, repositories.handles, Revoker(repositories.status_lists)),
        erasures,
    )
    waiting = (repositories.pending.has_any, repositories.deliveries.has_any_unprocessed)
    stored = (repositories.deliveries.has_any, repositories.objects.has_any, repositories.rejections.has_any)
    exports = Exports(
        repositories.facts,
        repositories.pending,
        repositories.rejections,
        repositories.connections,
        repositories.deliveries,
        repositories.objects,
        repositories.placements,
        repositories.handles,
        repositories.keys,
        key,
    )
    rights = Rights(people, repositories.conferences, exports, eraser, waiting, stored, key)

    async def propagate() -> None:
        while await database.transact(people.propagate):
            pass

    service.every(2.0, propagate)
    service.consume(ORGANIZATIONS, handler=HostNames(repositories.hosts).follow, group="hosts")
    service.erase_from_topics(erasures)
    pages, own_attendee = service.pages, OwnAttendee(people, database)
    own_skills = OwnSkills(people, repositories.conferences, repositories.placements)
    return (
        attendees.create_router(parts.guard, people, rights, parts.key_manager, database),
        me.create_router(parts.guard, own_attendee, people, rights),
        skills.create_router(parts.guard, own_attendee, own_skills, pages),
        wishes.create_router(parts.guard, own_attendee, people, pages),
        consent_page.create_router(parts.guard, own_attendee, people, repositories.hosts, pages),
        own_data.create_router(parts.guard, own_attendee, rights, pages),
        organizers_api.create_router(parts.guard, parts.organizers, database),
    )


def _portfolios(parts: Parts) -> tuple[APIRouter, ...]:
    """Placements: they add skills to profiles, and people publish them or have them issued as credentials."""
    repositories, database, settings = parts.repositories, parts.service.database, parts.settings
    revoker = Revoker(repositories.status_lists)
    recorder = PlacementRecorder(
        repositories.placements, repositories.attendees, repositories.identities, parts.profiles, revoker
    )
    parts.service.consume(PLACEMENTS, handler=recorder.apply, group="placements")
    portfolios = Portfolios(repositories.placements, repositories.handles, repositories.attendees, repositories.identities)
    issuer = Issuer(settings.issuer_url, settings.issuer_name) if settings.issuer_url else None
    credentials = Credentials(
        portfolios,
        repositories.placements,
        repositories.attendees,
        repositories.status_lists,
        SigningKeys(database.db, Cipher(settings.secrets_key)),
        revoker,
        issuer,
    )
    if issuer:

        async def rotate() -> None:
            await database.transact(credentials.rotate)

        parts.service.on_start(rotate)
        parts.service.every(3600.0, rotate)
    return (
        my_portfolio.create_router(parts.guard, portfolios, database),
        my_credentials.create_router(parts.guard, credentials, database),
        placements_page.create_router(parts.guard, portfolios, database, parts.service.pages),
        credential_page.create_router(parts.guard, credentials, database, parts.service.pages),
        public_portfolios.create_router(portfolios, database, parts.service.pages, next(iter(settings.own_urls), "")),
        issuer_api.create_router(credentials),
    )


def _connections(parts: Parts) -> tuple[APIRouter, ...]:
    """Connections to other systems: webhooks and polls."""
    service, settings, repositories, database = parts.service, parts.settings, parts.repositories, parts.service.database
    cipher = Cipher(settings.secrets_key)
    fetcher = Fetcher(seconds=settings.fetch_seconds, private_networks=settings.fetch_private_networks)
    service.on_stop(fetcher.close)
    api_client = ApiClient(fetcher, repositories.polls, cipher)
    observation_recorder = ObservationRecorder(
        repositories.objects, repositories.identities, repositories.conferences, parts.intake, settings.person_key
    )
    processor = DeliveryProcessor(
        repositories.connections,
        repositories.deliveries,
        repositories.conferences,
        observation_recorder,
        parts.intake,
        parts.event_lookup,
    )
    pause = timedelta(seconds=settings.webhook_retry_seconds)
    worker = DeliveryWorker(
        repositories.connections,
        repositories.deliveries,
        processor,
        api_client,
        database,
        first_pause=pause,
        attempts=settings.webhook_attempts,
    )
    poller = PollWorker(
        repositories.connections,
        repositories.polls,
        repositories.objects,
        observation_recorder,
        api_client,
        database,
        first_pause=pause,
    )
    session_mapper = SessionMapper(
        repositories.connections,
        repositories.polls,
        repositories.deliveries,
        repositories.conferences,
        observation_recorder,
        database,
    )
    worker.start(service.every)
    poller.start(service.every)
    session_mapper.start(service.every)
    connection_manager = ConnectionManager(repositories.connections, cipher)
    webhook_receiver = WebhookReceiver(repositories.connections, repositories.deliveries, cipher, settings.person_key)
    service.every(30.0, webhook_receiver.measure)
    delivery_manager = DeliveryManager(repositories.deliveries, repositories.facts)
    return (
        connections.create_router(parts.guard, connection_manager, database),
        webhooks.create_router(
            parts.guard,
            parts.rates,
            connection_manager,
            webhook_receiver,
            delivery_manager,
            repositories.polls,
            database,
            worker.arrived.set,
        ),
    )
