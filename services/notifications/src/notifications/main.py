"""Composition root of the notifications service."""

import asyncio
from functools import partial
from random import Random

from fastapi import FastAPI

from notifications import handlers
from notifications.bounces import api as inbound
from notifications.bounces.repository.addresses import Addresses
from notifications.bounces.repository.feedback import Feedback
from notifications.bounces.use_cases import Bounces
from notifications.contacts.repository import People
from notifications.contacts.use_cases import PeopleLearning
from notifications.delivery.worker.lanes import Lanes
from notifications.links import Links
from notifications.mail.mime import Mime
from notifications.mail.templates import Templates
from notifications.mail.writer import Writer
from notifications.messages.repository.messages import Messages
from notifications.preferences import api as pages
from notifications.preferences.use_cases import Subscriptions
from notifications.repository.upgrade import upgrade
from notifications.rules.repository.plans import Plans
from notifications.rules.repository.projections import Surroundings
from notifications.rules.use_cases import OccasionLearning
from notifications.settings import Settings
from notifications.writing.api import messages, templates
from notifications.writing.use_cases.views import Views
from notifications.writing.use_cases.writing import Writing
from notifications.writing.worker.composer import Composer
from notifications.writing.worker.sweeper import Sweeper
from shared.contract.topics import (
    APPLICATIONS,
    CONTACTS,
    LISTINGS,
    OUTCOMES,
    PLACEMENTS,
    RANKINGS,
    RECOMMENDATIONS,
    ROUNDS,
    STAFF,
)
from shared.messaging.erasure import Erasures, persons_by_key
from shared.service import Service


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("notifications", settings)
    database, db, zone = service.database, service.database.db, settings.mail_time_zone
    people, mails, plans, surroundings = People(db), Messages(db), Plans(db), Surroundings(db)
    addresses, feedback = Addresses(db, settings.unsubscribe_key), Feedback(db)

    links = Links(settings.public_url, settings.unsubscribe_key, settings.bounce_address)
    texts, mime = Templates(), Mime(links, settings.mail_from)
    writer = Writer(texts, mime, links, settings.mail_language, zone)
    writing = Writing(
        people,
        mails,
        plans,
        surroundings,
        addresses,
        Views(people, surroundings, settings.allowed_link_hosts, zone),
        writer,
        keep=settings.keep,
        stranger_mails=settings.stranger_mails_per_day,
    )
    subscriptions = Subscriptions(people, mails, settings.gather, zone)
    bounces = Bounces(feedback, people, mails, addresses, subscriptions, links, settings.soft_bounces)

    for collection in (people, mails, plans, surroundings):
        service.on_start(collection.ensure_indexes)
    service.on_start(partial(upgrade, db, links))

    # Each in a group of its own, so that many contacts hold up no offer.
    erasures = Erasures(service.name, database, settings, persons_by_key)
    of_people = PeopleLearning(
        people, mails, plans, surroundings, erasures, writing.say_farewell, gather=settings.gather, zone=zone
    )
    service.consume(CONTACTS, STAFF, RECOMMENDATIONS, handler=handlers.on_people(of_people))
    occasions = OccasionLearning(mails, plans, surroundings, zone)
    topics = (LISTINGS, APPLICATIONS, PLACEMENTS, ROUNDS, RANKINGS, OUTCOMES)
    service.consume(*topics, handler=handlers.on_occasions(occasions), group="occasions")
    service.erase_from_topics(erasures)

    queued = asyncio.Event()
    random = Random()  # noqa: S311 - spreads load, keeps no secret
    composer = Composer(writing, people, plans, database, queued, random)
    service.every(0.1, composer.compose_due)
    service.every(15.0, composer.measure)
    sweeper = Sweeper(mails, plans, surroundings, database, settings.keep, settings.keep_records)
    service.every(600.0, sweeper.sweep)

    lanes = Lanes(settings, database, people, addresses, mails, mime.envelope_sender, queued, random)
    service.every(5.0, lanes.end_leases)
    for sender in lanes.senders:
        service.every(1.0, sender.run)

    return service.app(
        messages.create_router(people, plans, mails),
        pages.create_router(subscriptions, people, feedback, database, texts, links, settings.mail_language, settings.keep_days),
        inbound.create_router(bounces, addresses, database, settings.inbound_key),
        templates.create_router(texts),
        body_limits={"/inbound": inbound.INBOUND_BYTES},
        # Mail programs post there, and pages without a referrer; the token in the path is proof enough.
        open_paths=("/unsubscribe/*", "/preferences/*"),
    )
