"""Composition root of the registration service."""

from fastapi import FastAPI

from registration import handlers
from registration.api import attendance, attendees, conferences
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.settings import Settings
from registration.use_cases.attendance import Recording
from registration.use_cases.conferences import Scheduling
from registration.use_cases.intake import Intake
from shared.service import Service
from shared.topics import ATTENDANCE_INBOUND


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("registration", settings)
    database = service.database
    stored_conferences, stored_attendees = Conferences(database.db), Attendees(database.db)
    recording = Recording(stored_attendees, stored_conferences, settings.person_key)
    service.consume(ATTENDANCE_INBOUND, handler=handlers.on_attendance(recording))
    return service.app(
        attendance.create_router(Intake(), database),
        conferences.create_router(Scheduling(stored_conferences), stored_conferences, database),
        attendees.create_router(recording, stored_attendees, stored_conferences, database),
        body_limits={"/conferences/*/schedule": 20 * 1024 * 1024, "/conferences/*/attendance.csv": None},
    )
