"""Composition root of the notifications service."""

import asyncio
from random import Random

from fastapi import FastAPI

from notifications.bounces import api as bounces_api
from notifications.bounces.use_cases import Bounces
from notifications.brands.repository import PresentedThings
from notifications.brands.use_cases import Brands
from notifications.contacts.repository import Contacts
from notifications.contacts.use_cases.contact_updater import ContactUpdater
from notifications.contacts.use_cases.erasure import ContactEraser
from notifications.delivery.worker.lanes import Lanes
from notifications.digest_times import DigestTimes
from notifications.links import Links
from notifications.mail.mime import Mime
from notifications.mail.templates import Templates
from notifications.mail.writer import MailWriter
from notifications.messages.repository.messages import Messages
from notifications.preferences import api as preferences_api
from notifications.preferences.use_cases import Subscriptions
from notifications.rules.repository.attendances import Attendances
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.rules.use_cases.attendance_updater import AttendanceUpdater
from notifications.rules.use_cases.mail_rules import MailRules
from notifications.settings import Settings
from notifications.sign_in.api import language as language_api
from notifications.sign_in.api import operators as operators_api
from notifications.sign_in.api import own_data
from notifications.sign_in.api import page_links as page_links_api
from notifications.sign_in.api import people as sign_in_api
from notifications.sign_in.domain import Operators
from notifications.sign_in.passkeys import api as passkeys_api
from notifications.sign_in.passkeys.domain.records import relying_party
from notifications.sign_in.passkeys.repository import Challenges, Passkeys
from notifications.sign_in.passkeys.use_cases.notices import PasskeyNotices
from notifications.sign_in.passkeys.use_cases.passkey_manager import PasskeyManager
from notifications.sign_in.repository import OperatorIds, SignInRequests, StartedSessions
from notifications.sign_in.use_cases.mail_queue import MailQueue
from notifications.sign_in.use_cases.sessions import Sessions
from notifications.sign_in.use_cases.sign_ins import SignIns
from notifications.sign_in.worker import SignInWorker
from notifications.suppressions import api as suppressions_api
from notifications.suppressions.repository import Suppressions
from notifications.writing.api import messages as messages_api
from notifications.writing.api import templates as templates_api
from notifications.writing.use_cases.content_lookup import ContentLookup
from notifications.writing.use_cases.message_writer import MessageWriter
from notifications.writing.worker.composer import Composer
from notifications.writing.worker.sweeper import Sweeper
from shared import clock
from shared.contract.topics import (
    APPLICATIONS,
    CONFERENCES,
    CONTACTS,
    IDEAS,
    INVITATIONS,
    LISTINGS,
    NOMINATIONS,
    ORGANIZATIONS,
    OUTCOMES,
    PLACEMENTS,
    PROFILES,
    RANKINGS,
    RECOMMENDATIONS,
    ROUNDS,
    STAFF,
)
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.messaging.erasure import Erasures, persons_by_key
from shared.runtime.access import guard_by_copies
from shared.runtime.service import Service
from shared.web.access.session_copies import SessionCopies
from shared.web.access.signed_in import People
from shared.web.pages import design


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("notifications", settings, language=settings.mail_language)
    database, db, zone = service.database, service.database.db, settings.mail_time_zone
    times = DigestTimes(settings.digest_frequency, settings.gather, zone)
    contacts, messages, suppressions = Contacts(db), Messages(db), Suppressions(db, settings.unsubscribe_key)
    scheduled_mails, projections, attendances = ScheduledMails(db), Projections(db), Attendances(db)
    requests, session_copies = SignInRequests(db, settings.unsubscribe_key), SessionCopies(db)
    passkeys, challenges, started = Passkeys(db), Challenges(db), StartedSessions(db)
    known = (contacts, scheduled_mails, projections, attendances)
    for collection in (*known, messages, requests, session_copies, passkeys, challenges, started):
        service.on_start(collection.ensure_indexes)

    # Mails: their text and bytes
    links = Links(settings.public_url, settings.unsubscribe_key, settings.bounce_address)
    templates, mime = Templates(), Mime(links, settings.mail_from)
    mail_writer = MailWriter(templates, mime, links, settings.mail_language, zone)
    brands = Brands(PresentedThings(db))
    message_writer = MessageWriter(
        contacts,
        messages,
        scheduled_mails,
        projections,
        attendances,
        suppressions,
        ContentLookup(projections, brands, settings.allowed_link_hosts, zone),
        mail_writer,
        keep=settings.keep,
        stranger_mails=settings.stranger_mails_per_day,
    )

    # Rules and contacts: each has a consumer group of its own, so that many contacts hold up no offer.
    rules = MailRules(messages, scheduled_mails, projections, zone)
    signing_keys = SigningKeys(db, Cipher(settings.session_key, "SESSION_KEY"))
    sessions = Sessions(signing_keys, session_copies, requests, OperatorIds(db), passkeys, started)
    erasures = Erasures(service.name, database, settings, persons_by_key)
    updates = ContactUpdater(
        contacts,
        messages,
        ContactEraser(messages, erasures, rules.forget_applicant),
        schedule_welcomes=rules.schedule_welcomes,
        say_farewell=message_writer.say_farewell,
        lock_out=sessions.lock_out,
        times=times,
    )
    service.consume(CONTACTS, STAFF, RECOMMENDATIONS, handler=updates.apply)
    rules_topics = (
        LISTINGS,
        IDEAS,
        ORGANIZATIONS,
        APPLICATIONS,
        NOMINATIONS,
        INVITATIONS,
        PLACEMENTS,
        ROUNDS,
        RANKINGS,
        OUTCOMES,
    )
    service.consume(*rules_topics, handler=rules.apply, group="rules")
    service.consume(PROFILES, handler=AttendanceUpdater(attendances).apply, group="attendances")
    service.consume(CONFERENCES, LISTINGS, ROUNDS, handler=brands.apply, group="brands")
    service.erase_from_topics(erasures)
    people = People(session_copies)
    guard = guard_by_copies(service, people)

    # Writing
    queued = asyncio.Event()
    random = Random()  # noqa: S311 - spreads load, keeps no secret
    composer = Composer(message_writer, contacts, scheduled_mails, database, queued, random)
    service.every(0.05, composer.run)
    service.every(15.0, composer.measure)
    sweeper = Sweeper(messages, scheduled_mails, projections, database, settings.keep, settings.keep_records)
    service.every(600.0, sweeper.sweep)

    # Delivery
    lanes = Lanes(settings, database, contacts, suppressions, messages, mime.envelope_sender, queued, random)
    service.every(5.0, lanes.end_expired)
    service.every(15.0, lanes.measure)
    for sender in lanes.senders:
        service.every(1.0, sender.run)

    # Sign-in
    asked = asyncio.Event()
    operators = Operators(settings.operator_addresses, settings.person_key)
    mail_queue, party = MailQueue(messages, suppressions, mail_writer), relying_party(settings.public_url)
    sign_ins = SignIns(requests, sessions, contacts, mail_queue, operators, settings.public_url)
    sign_in_worker = SignInWorker(sign_ins, sessions, requests, operators, database, asked, queued)
    service.on_start(sign_in_worker.begin)
    service.every(0.05, sign_in_worker.look_up)
    service.every(600.0, sign_in_worker.rotate)
    service.every(600.0, sign_in_worker.sweep)
    notices = PasskeyNotices(contacts, operators, mail_queue, f"{settings.public_url}/account")
    passkey_manager = PasskeyManager(party, passkeys, challenges, requests, sessions, sign_ins, operators, notices)
    service.every(600.0, lambda: challenges.sweep(clock.now()))
    pages = service.pages

    # Preferences and bounces
    subscriptions = Subscriptions(contacts, messages, times)
    bounces = Bounces(contacts, messages, suppressions, subscriptions, links, settings.soft_bounces)

    return service.app(
        guard,
        messages_api.create_router(guard, contacts, scheduled_mails, messages),
        preferences_api.create_router(
            subscriptions,
            contacts,
            messages,
            database,
            pages,
            links,
            settings.mail_language,
            settings.digest_frequency,
            settings.keep_days,
        ),
        bounces_api.create_router(bounces, database, settings.inbound_key),
        suppressions_api.create_router(guard, suppressions, database),
        templates_api.create_router(guard, templates, pages),
        passkeys_api.create_router(
            passkey_manager, passkeys, started, party, sign_ins, people, contacts, database, pages, links, zone, queued
        ),
        sign_in_api.create_router(sign_ins, sessions, people, party, database, pages, asked),
        own_data.create_router(people, contacts, messages, suppressions, passkeys, started, database),
        language_api.create_router(),
        page_links_api.create_router(sign_ins, people, links, database, pages),
        design.create_router(pages),
        operators_api.create_router(guard, sign_ins, sessions, signing_keys, database),
        body_limits={
            "/inbound": bounces_api.INBOUND_BYTES,
            **dict.fromkeys(sign_in_api.PATHS, sign_in_api.BODY_BYTES),
            **dict.fromkeys(passkeys_api.PATHS, passkeys_api.BODY_BYTES),
        },
        # Mail programs post there, and pages without a referrer; the token in the path is proof enough.
        open_paths=("/unsubscribe/*", "/preferences/*"),
    )
