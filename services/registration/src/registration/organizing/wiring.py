"""Wires the pages for organizers."""

from fastapi import APIRouter

from registration.attendance.use_cases.event_lookup import EventLookup
from registration.brands.use_cases import Branding
from registration.conferences.use_cases import ConferenceScheduler, ScheduleReader
from registration.connections.use_cases.delivery_manager import DeliveryManager
from registration.organizing.pages import brand, conferences, events, schedule
from registration.organizing.use_cases.letter_sender import LetterSender
from registration.organizing.use_cases.overview import Overviews
from registration.repositories import Repositories
from registration.turnout.repository import Turnouts
from shared.runtime.service import Service
from shared.settings import ServiceSettings
from shared.web.access.guard import Guard


def organizer_pages(
    service: Service,
    settings: ServiceSettings,
    guard: Guard,
    repositories: Repositories,
    event_lookup: EventLookup,
    schedule_reader: ScheduleReader,
) -> tuple[APIRouter, ...]:
    """``/organize``."""
    overviews = Overviews(repositories, Turnouts(service.database.db))
    imports = repositories.schedule_imports
    scheduler = ConferenceScheduler(repositories.conferences, repositories.announcements, imports)
    return (
        events.create_router(guard, repositories.conferences, event_lookup, overviews, service.pages),
        schedule.create_router(
            guard, repositories.conferences, imports, scheduler, schedule_reader, service.database, service.pages
        ),
        brand.create_router(
            guard,
            repositories.conferences,
            Branding(repositories.conferences, repositories.logos),
            service.database,
            service.pages,
        ),
        conferences.create_router(
            guard,
            repositories.conferences,
            repositories.connections,
            overviews,
            LetterSender(repositories.rejections, settings),
            DeliveryManager(repositories.deliveries, repositories.facts),
            service.pages,
        ),
    )
