"""Composition root of the notifications service."""

from datetime import timedelta

from fastapi import FastAPI

from notifications import api, handlers, pages
from notifications.links import Links
from notifications.rendering import Renderer
from notifications.repository import Repository
from notifications.sending import Claims, Composer, Sender
from notifications.settings import Settings
from notifications.use_cases import Notifications
from shared.erasure import Erasures, persons_by_key
from shared.service import Service
from shared.topics import CONTACTS, RECOMMENDATIONS


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("notifications", settings)
    repository = Repository(service.database.db)
    links = Links(settings.public_url, settings.unsubscribe_key)
    renderer = Renderer(links, settings.mail_from)
    erasures = Erasures(service.name, service.database, settings, persons_by_key)
    notifications = Notifications(repository, renderer, erasures, settings.gather)
    composer = Composer(notifications, repository, service.database)
    service.on_start(repository.ensure_indexes)
    service.consume(CONTACTS, RECOMMENDATIONS, handler=handlers.on_contacts_and_recommendations(notifications))
    service.erase_from_topics(erasures)
    service.every(0.1, composer.compose_due)
    service.every(5.0, composer.see_to_the_rest)
    claims = Claims(repository, timedelta(seconds=settings.lease_seconds))
    for _ in range(settings.smtp_connections):
        service.every(1.0, Sender(notifications, repository, service.database, renderer, settings, claims, composer.queued).run)
    return service.app(
        api.create_router(repository), pages.create_router(notifications, repository, service.database, renderer, links)
    )
