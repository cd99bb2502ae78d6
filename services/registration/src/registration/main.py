"""Composition root of the registration service."""

from fastapi import FastAPI

from registration import api, handlers
from registration.repository import Repository
from registration.settings import Settings
from registration.use_cases import Registration
from shared.service import Service
from shared.topics import ATTENDANCE_INBOUND


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("registration", settings)
    repository = Repository(service.database.db)
    registration = Registration(repository, settings.person_key)
    service.consume(ATTENDANCE_INBOUND, handler=handlers.on_attendance(registration))
    return service.app(api.create_router(registration, repository, service.database))
