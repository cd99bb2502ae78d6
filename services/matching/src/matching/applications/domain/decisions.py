"""The effect of each command on an application. Pure: each function returns the changed application, or raises a refusal."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from matching.applications.domain.application import MAX_STEPS, Application, ApplicationStep
from matching.applications.domain.profile import HostProfile
from matching.applications.domain.requests import Letter, OfferRequest, Slot
from matching.applications.domain.terms import changed_terms, terms_of
from matching.applications.domain.transitions import AWAITING, LIVE, Actor, Command, Reason, check, ends_interview
from matching.model.listings import Listing
from matching.placements.domain.placement import pair_id
from shared.contract.events.matching import Interview, Offer
from shared.refusals import Conflict, Invalid
from shared.worded import Worded
from shared.wording.languages import translatable

DAYS_AFTER_INTERVIEW: Final = timedelta(days=7)
"""The minimum time that a host has to answer after an interview."""
SOONEST_DEADLINE: Final = timedelta(hours=24)
_IN_TRANSIT: Final = timedelta(minutes=1)
"""Tolerance for requests in transit when a deadline is checked to be 24 hours ahead."""
LATEST_DEADLINE: Final = timedelta(days=30)
LATEST_SLOT: Final = timedelta(days=180)


def apply(
    before: Application | None, attendee_id: str, listing: Listing, letter: Letter, profile: HostProfile, now: datetime, days: int
) -> Application:
    """Apply, or apply again. ``days``: how many days the host has to answer."""
    state = before.state if before else None
    if before is not None and before.live:
        raise Conflict(Worded("there is already an application for this listing; to change it, withdraw it and apply again"))
    check("apply", state, "attendee")
    first = Application(
        id=pair_id(listing.id, attendee_id, now),
        attendee_id=attendee_id,
        listing_id=listing.id,
        organization_id=listing.organization_id,
        title=listing.title,
        organization=listing.organization,
        listing_version=listing.version,
        terms=terms_of(listing),
        letter=letter,
        profile=profile,
        submitted_at=now,
        answer_days=days,
        answer_by=now + timedelta(days=days),
        history=(ApplicationStep("submitted", now, "attendee"),),
    )
    if before is None:
        return first
    _check_steps(before)
    return replace(
        first,
        id=before.id,
        version=before.version + 1,
        attempt=before.attempt + 1,
        history=(*before.history, *first.history),
        requests=before.requests,
    )


def screen(application: Application, now: datetime) -> Application:
    """The host starts screening it."""
    return _after(application, "screen", "host", now)


def interview(application: Application, slots: list[Slot], now: datetime) -> Application:
    """The host offers times for an interview, or moves it. A single time is the appointment at once."""
    after = _after(application, "interview", "host", now)
    for place, slot in enumerate(slots):
        if slot.starts <= now:
            raise Invalid(f"slots.{place}.starts", Worded("must be in the future"))
        if slot.starts > now + LATEST_SLOT:
            raise Invalid(f"slots.{place}.starts", Worded("must be within %(days)s days", days=LATEST_SLOT.days))
        if slot.ends - slot.starts > timedelta(days=1):
            raise Invalid(f"slots.{place}.ends", Worded("must be at most 24 hours after the start"))
        if slot in slots[:place]:
            raise Invalid(
                f"slots.{place}.starts",
                Worded("must differ from the other times; slots.%(slot)s is the same", slot=slots.index(slot)),
            )
    offered = tuple(Interview(**slot.model_dump()) for slot in slots)
    appointment = offered[0] if len(offered) == 1 else None
    answer_by = max(_answer_by(after), max(slot.ends for slot in offered) + DAYS_AFTER_INTERVIEW)
    return replace(after, slots=offered, interview=appointment, answer_by=answer_by)


def pick_slot(application: Application, slot: int, now: datetime) -> Application:
    """The attendee picks one of the times, or another one than before."""
    after = _after(application, "pick-slot", "attendee", now)
    if slot >= len(application.slots):
        raise Invalid(
            "slot",
            Worded("must be the number of one of the proposed times, from 0 to %(slots)s", slots=len(application.slots) - 1),
        )
    picked = application.slots[slot]
    if picked.starts <= now:
        raise Conflict(translatable("this time has passed; pick a later one, or ask the host for others"))
    if picked == application.interview:
        return application
    return replace(after, interview=picked, answer_by=max(_answer_by(after), picked.ends + DAYS_AFTER_INTERVIEW))


def call_off(application: Application, now: datetime) -> Application:
    """The host calls the interview off."""
    after = _after(application, "call-off", "host", now)
    return replace(after, answer_by=max(_answer_by(after), now + DAYS_AFTER_INTERVIEW))


def offer(application: Application, listing: Listing, request: OfferRequest, now: datetime) -> Application:
    """The host offers a seat."""
    after = _after(application, "offer", "host", now)
    if not listing.approved:
        raise Conflict(Worded("the host is not approved; an operator has to approve it first"))
    if request.deadline < now + SOONEST_DEADLINE - _IN_TRANSIT:
        raise Invalid("deadline", Worded("must be at least 24 hours ahead, so that there is time to decide"))
    if request.deadline > now + LATEST_DEADLINE:
        raise Invalid("deadline", Worded("must be within %(days)s days", days=LATEST_DEADLINE.days))
    starts, ends = request.starts or listing.conditions.starts, request.ends or listing.conditions.ends
    _check_dates(starts, ends, now)
    changed = changed_terms(application.terms, terms_of(listing))
    return replace(after, offer=Offer(deadline=request.deadline, starts=starts, ends=ends), changed_terms=changed)


def accept(application: Application, placement_id: str, now: datetime) -> Application:
    """The attendee accepts the offer, together with any changes in the listing's terms."""
    after = _after(application, "accept", "attendee", now)
    if application.offer is None or application.offer.deadline <= now:
        raise Conflict(translatable("the offer's deadline has passed; ask the host to offer it again"))
    return replace(after, offer=application.offer, placement_id=placement_id, changed_terms=())


def decline(application: Application, now: datetime) -> Application:
    """The attendee declines the offer."""
    return _after(application, "decline", "attendee", now)


def reject(application: Application, now: datetime) -> Application:
    """The host rejects it."""
    return _after(application, "reject", "host", now)


def rescind(application: Application, now: datetime) -> Application:
    """The host takes the offer back."""
    return _after(application, "rescind", "host", now)


def withdraw(application: Application, now: datetime) -> Application:
    """The attendee withdraws the application."""
    return _after(application, "withdraw", "attendee", now)


def confirm_terms(application: Application, listing: Listing, now: datetime) -> Application:
    """The attendee still wants it, as the listing is now."""
    after = _after(application, "confirm-terms", "attendee", now)
    if not application.changed_terms:
        raise Conflict(Worded("nothing has changed since the attendee last confirmed that they want it"))
    return replace(after, terms=terms_of(listing), listing_version=listing.version, changed_terms=())


def change_terms(application: Application, listing: Listing, now: datetime) -> Application:
    """The listing's terms changed. The application stays unchanged if that is not news to the attendee."""
    changed = changed_terms(application.terms, terms_of(listing))
    if application.state not in LIVE or changed == application.changed_terms:
        return application
    return replace(_after(application, "change-terms", "clock", now), changed_terms=changed)


def pass_time(application: Application, now: datetime) -> Application:
    """The effect of time: offers lapse, and unanswered applications are closed. Others stay unchanged."""
    if application.due is None or application.due > now:
        return application
    if application.state == "offered":
        return _after(application, "lapse", "clock", now)
    return _after(application, "close", "clock", now, "no_answer")


def close(application: Application, now: datetime) -> Application:
    """The listing was closed. Offers stand."""
    if application.state not in AWAITING:
        return application
    return _after(application, "close", "clock", now, "listing_closed")


def supersede(application: Application, reason: Reason, now: datetime) -> Application:
    """A new placement of the attendee rules it out."""
    return _after(application, "supersede", "placement", now, reason)


def _after(application: Application, command: Command, by: Actor, now: datetime, reason: Reason | None = None) -> Application:
    """The next version, in the state that follows, without data that only belongs to the previous state."""
    rule = check(command, application.state, by)
    state = rule.target or application.state
    if state in LIVE and state != application.state:
        _check_steps(application)
    changed: dict[str, Any] = {"version": application.version + 1, "state": state}
    if state != application.state:
        changed |= {"history": (*application.history, ApplicationStep(state, now, by, reason)), "reason": reason}
    if state not in AWAITING:
        changed["answer_by"] = None
    if ends_interview(application.state, state):
        changed |= {"slots": (), "interview": None}
    if state != "offered":
        changed["offer"] = None
    if state not in LIVE:
        changed["changed_terms"] = ()
    return replace(application, **changed)


def _answer_by(application: Application) -> datetime:
    return application.submitted_at + timedelta(days=application.answer_days)


def _check_steps(application: Application) -> None:
    if len(application.history) >= MAX_STEPS:
        raise Conflict(Worded("this application has changed %(most)s times; it can only be ended", most=MAX_STEPS))


def _check_dates(starts: date | None, ends: date | None, now: datetime) -> None:
    if starts and ends and ends < starts:
        raise Invalid("ends", Worded("is before the first day, %(starts)s", starts=starts))
    if ends and ends < now.date():
        raise Invalid("ends", Worded("is in the past, %(ends)s; give the dates of the placement", ends=ends))
