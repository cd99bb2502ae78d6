"""Sample data for every kind of mail, for previews and tests."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from notifications.mail.content import ListingSeats, MailBrand, MailContent, NamedListing, RankedListing, Recommended, WeekRow
from notifications.mail.linked_pages import LINKED_PAGES
from notifications.mail.templates import Reader
from notifications.mail_kinds import KINDS, MailKind
from shared.contract.events.matching import Match, Reason
from shared.wording.conditions import ListingConditions
from shared.wording.dates import Meeting
from shared.wording.languages import LANGUAGES, Language

BERLIN: Final = ZoneInfo("Europe/Berlin")
TODAY: Final = date(2024, 7, 1)
SOLAR: Final = NamedListing("l1", "Solar flares in twenty years of images", "SunPy", "https://listings.example.org/solar-flares")
COMETS: Final = NamedListing("l2", "Comet tails, automatically", "Observatory of Potsdam", "https://listings.example.org/comets")
LEADERS: Final = NamedListing("l4", "Leading open-source teams", "NumFOCUS", "https://listings.example.org/leading")
MOONS: Final = NamedListing("l3", "A catalogue of small moons", "Astropy", "https://listings.example.org/moons")
CONDITIONS: Final = ListingConditions(
    date(2024, 9, 2), date(2024, 11, 29), 20, "Potsdam", True, 1250, "EUR", "month", datetime(2024, 7, 12, 16, tzinfo=UTC)
)
DEADLINE: Final = datetime(2024, 7, 12, 16, tzinfo=UTC)
MEETING: Final = Meeting(
    datetime(2024, 7, 4, 12, tzinfo=UTC),
    datetime(2024, 7, 4, 12, 45, tzinfo=UTC),
    "Room 4.12, Am Neuen Palais 10, Potsdam",
    "https://meet.example.org/solar-flares",
)
MOVED_FROM: Final = replace(MEETING, starts=datetime(2024, 7, 3, 8, tzinfo=UTC), ends=datetime(2024, 7, 3, 8, 45, tzinfo=UTC))
UID: Final = "application-a1@desk.example.org"
STARTS: Final = date(2024, 9, 2)
ENDS: Final = date(2024, 11, 29)


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail of one kind to one reader."""

    title: str
    """``KIND`` or ``KIND-VARIANT``."""
    kind: MailKind
    reader: Reader
    content: MailContent

    @property
    def name(self) -> str:
        """The name of its files: ``KIND.LANGUAGE`` or ``KIND-VARIANT.LANGUAGE``."""
        return f"{self.title}.{self.reader.language}"


def samples() -> Iterator[Sample]:
    """One or more usual mails of each kind and language."""
    for language in LANGUAGES:
        for name, kind, content in _contents():
            yield Sample(name, kind, reader(kind, language), content)


def sample(kind: str, language: Language) -> Sample:
    """The usual mail of this kind.

    Raises:
        KeyError: there is no such kind.
    """
    return Sample(kind, KINDS[kind], reader(KINDS[kind], language), USUAL[kind])


def reader(kind: MailKind, language: Language, name: str = "") -> Reader:
    """A reader of mails of this kind."""
    names = {"attendee": "Ada Lovelace", "host": "Grace Hopper", "mentor": "Caroline Herschel"}
    desk = "https://desk.example.org"
    return Reader(
        name or names[kind.role],
        language,
        BERLIN,
        TODAY,
        preferences_url="" if kind.name == "erased" else f"{desk}/preferences/pN7xJmYt2k.Zq3vWc8R",
        unsubscribe_url=f"{desk}/unsubscribe/pN7xJmYt2k.Lw9sTb4H" if kind.optional else "",
        view_url="" if kind.sensitive else f"{desk}/mail/3f1d0c8a5b7e.Xk2mVn6P",
        page_url=f"{desk}/open/_WyJhIiwxLCIvbXkiXQ.Xk2mVn6P" if kind.name in LINKED_PAGES else "",
    )


def reason(kind: str, term: str | None, contribution: float, session: str | None = None, *, declared: bool = False) -> Reason:
    return Reason(kind=kind, term=term, contribution=contribution, session_title=session, declared=declared)


def match(listing: NamedListing, *reasons: Reason) -> Match:
    return Match(
        listing_id=listing.id,
        title=listing.title,
        organization=listing.organization,
        url=listing.url or None,
        score=0.5,
        reasons=list(reasons),
    )


_MATCHES: Final = (
    Recommended(
        match(
            SOLAR,
            reason("skill", "Python", 0.3, "Arrays for astronomers"),
            reason("skill", "NumPy", 0.2, "Arrays for astronomers"),
            reason("demand", "NumPy", 0.05),
            reason("met", None, 0.1),
            reason("discipline", "physical-sciences", 0.05),
        ),
        True,
        SOLAR.url,
        CONDITIONS,
    ),
    Recommended(
        match(COMETS, reason("skill", "Rust", 0.2, declared=True), reason("topic", "image processing", 0.1)),
        True,
        COMETS.url,
        ListingConditions(place="Berlin", amount=0),
    ),
    Recommended(
        match(MOONS, reason("research", "photometry", 0.2, declared=True), reason("conference", None, 0.05)), False, MOONS.url
    ),
)
_OFFER: Final = MailContent(
    listing=SOLAR,
    organization="SunPy",
    deadline=DEADLINE,
    starts=STARTS,
    ends=ENDS,
    conditions=replace(CONDITIONS, starts=None, ends=None, deadline=None),
)
_INTERVIEW: Final = MailContent(listing=SOLAR, organization="SunPy", meeting=MEETING, uid=UID)
_INTERVIEW_HOST: Final = MailContent(listing=SOLAR, organization="SunPy", person="Ada Lovelace", meeting=MEETING, uid=UID)
_PLACEMENT: Final = MailContent(listing=SOLAR, organization="SunPy", starts=STARTS, ends=ENDS, uid=UID)
_PLACEMENT_HOST: Final = replace(_PLACEMENT, person="Ada Lovelace")
_ENDED: Final = MailContent(listing=SOLAR, organization="SunPy")
_ENDED_HOST: Final = MailContent(listing=SOLAR, organization="SunPy", person="Ada Lovelace")
_MENTOR: Final = replace(_PLACEMENT, person="Caroline Herschel", person_email="caroline@example.org")
_MENTEE: Final = replace(_PLACEMENT, person="Ada Lovelace", person_email="ada@example.org")
_IDEA: Final = MailContent(listing=NamedListing("i1", "Comet tails, automatically", ""))
_NOMINATION: Final = MailContent(listing=LEADERS, organization="NumFOCUS")
_NOMINEE: Final = replace(_NOMINATION, person="Ada Lovelace")
_BRAND: Final = MailBrand("PyCon DE 2024", "#7a1c14", "PyCon DE", "hello@example.com")
_ROUND: Final = MailContent(round_name="PyCon DE match day 2024", deadline=DEADLINE)
_SEATS: Final = (ListingSeats(SOLAR, ("Ada Lovelace", "Mary Somerville")), ListingSeats(MOONS))

USUAL: Final[dict[str, MailContent]] = {
    "welcome": MailContent(),
    "matches": MailContent(matches=_MATCHES),
    "listing_closing": MailContent(
        listing=SOLAR, organization="SunPy", deadline=DEADLINE, conditions=replace(CONDITIONS, deadline=None)
    ),
    "application_sent": MailContent(listing=SOLAR, organization="SunPy", deadline=DEADLINE),
    "application_received": MailContent(listing=SOLAR, organization="SunPy", person="Ada Lovelace", deadline=DEADLINE),
    "application_rejected": MailContent(listing=SOLAR, organization="SunPy"),
    "answer_reminder": replace(_ENDED_HOST, deadline=DEADLINE),
    "terms_changed": replace(_ENDED, terms=("dates", "pay"), conditions=CONDITIONS),
    "application_closed": replace(_ENDED, answer="no_answer"),
    "applications_superseded": MailContent(listings=(COMETS, MOONS), answer="accepted_elsewhere"),
    "application_superseded": _ENDED_HOST,
    "application_withdrawn": _ENDED_HOST,
    "interview_slots": replace(_ENDED, slots=(MOVED_FROM, MEETING)),
    "interview": _INTERVIEW,
    "interview_host": _INTERVIEW_HOST,
    "interview_cancelled": _INTERVIEW,
    "interview_cancelled_host": _INTERVIEW_HOST,
    "offer": _OFFER,
    "offer_reminder": _OFFER,
    "offer_lapsed": _ENDED,
    "offer_rescinded": _ENDED,
    "offer_answered": MailContent(listing=SOLAR, person="Ada Lovelace", answer="accepted", starts=STARTS, ends=ENDS),
    "placement_confirmed": replace(_PLACEMENT, conditions=_OFFER.conditions),
    "placement_cancelled": _PLACEMENT,
    "mentor_introduction": _MENTOR,
    "mentee_introduction": _MENTEE,
    "placement_started": _PLACEMENT,
    "placement_start_check": _PLACEMENT,
    "placement_start_check_host": _PLACEMENT_HOST,
    "placement_dates": _PLACEMENT,
    "placement_dates_host": _PLACEMENT_HOST,
    "placement_feedback": replace(_PLACEMENT, answer="middle"),
    "placement_feedback_host": replace(_PLACEMENT_HOST, answer="middle"),
    "placement_skills": replace(_PLACEMENT, skills=(("Python", 4), ("image processing", None))),
    "placement_completed": MailContent(listing=SOLAR, organization="SunPy"),
    "placement_completed_host": _PLACEMENT_HOST,
    "placement_hire": replace(_ENDED, role="Research software engineer", starts=date(2025, 1, 6)),
    "placement_hire_host": replace(_ENDED_HOST, role="Research software engineer", starts=date(2025, 1, 6)),
    "placement_ended_host": replace(_PLACEMENT_HOST, answer="by_attendee"),
    "idea_asked": replace(_IDEA, organization="Observatory of Potsdam", deadline=DEADLINE),
    "idea_published": MailContent(
        listing=COMETS, organization="Observatory of Potsdam", deadline=DEADLINE, conditions=CONDITIONS
    ),
    "idea_expired": _IDEA,
    "idea_adopted": replace(_IDEA, person="Ada Lovelace"),
    "idea_closed": replace(_IDEA, answer="declined"),
    "invitation": MailContent(listing=SOLAR, organization="SunPy", conditions=CONDITIONS),
    "nomination": replace(_NOMINATION, person="Caroline Herschel", deadline=DEADLINE),
    "nomination_answered": replace(_NOMINEE, answer="agreed"),
    "nomination_agreed": _NOMINEE,
    "nomination_taken_back": replace(_NOMINEE, answer="declined"),
    "nomination_ended": replace(_NOMINATION, answer="withdrawn"),
    "round_opened": _ROUND,
    "round_locked": MailContent(round_name=_ROUND.round_name),
    "round_result": MailContent(
        listing=COMETS,
        round_name=_ROUND.round_name,
        choices=(RankedListing(SOLAR, "filled"), RankedListing(COMETS, "matched"), RankedListing(MOONS, "not_needed")),
    ),
    "round_cancelled": MailContent(round_name=_ROUND.round_name),
    "round_opened_host": replace(_ROUND, seats=_SEATS),
    "round_closing_host": replace(_ROUND, seats=_SEATS),
    "round_result_host": MailContent(round_name=_ROUND.round_name, seats=_SEATS),
    "round_cancelled_host": MailContent(round_name=_ROUND.round_name, seats=_SEATS),
    "host_summary": MailContent(
        organization="SunPy",
        week=(WeekRow(SOLAR, 5, 2, 1), WeekRow(MOONS, 1, 0, 0)),
    ),
    "erased": MailContent(),
    "sign_in": MailContent(
        sign_in_url="https://desk.example.org/sign-in/Q1m8vX0c5b7eJk2mVn6PzWtRy4HsLd9uGf3aNxKoTiE", sign_in_code="4821 0937"
    ),
    "passkey_added": MailContent(passkey="Ada’s phone", account_url="https://desk.example.org/account"),
    "passkey_removed": MailContent(passkey="Ada’s phone", account_url="https://desk.example.org/account"),
}
"""The usual content of each kind of mail."""

_VARIANTS: Final[tuple[tuple[str, str, MailContent], ...]] = (
    ("application_received", "again", replace(_ENDED_HOST, attempt=2)),
    ("application_closed", "listing", replace(_ENDED, answer="listing_closed")),
    ("applications_superseded", "match_day", MailContent(listings=(COMETS,), answer="match_day")),
    ("application_superseded", "offered", replace(_ENDED_HOST, answer="offered")),
    ("offer_answered", "lapsed", replace(_ENDED_HOST, answer="lapsed")),
    ("matches", "one", MailContent(matches=_MATCHES[:1])),
    ("interview", "moved", replace(_INTERVIEW, moved_from=MOVED_FROM)),
    ("interview_host", "moved", replace(_INTERVIEW_HOST, moved_from=MOVED_FROM)),
    ("interview", "changed", replace(_INTERVIEW, moved_from=replace(MEETING, place="Room 1"))),
    ("interview_host", "changed", replace(_INTERVIEW_HOST, moved_from=replace(MEETING, place="Room 1"))),
    ("offer_answered", "declined", MailContent(listing=SOLAR, organization="SunPy", person="Ada Lovelace", answer="declined")),
    *(("placement_cancelled", why, replace(_PLACEMENT, answer=why)) for why in ("no_show", "by_host", "by_attendee", "agreed")),
    *(("placement_ended_host", why, replace(_PLACEMENT_HOST, answer=why)) for why in ("no_show", "by_host", "agreed")),
    ("placement_feedback", "end", replace(_PLACEMENT, answer="end")),
    ("placement_feedback_host", "end", replace(_PLACEMENT_HOST, answer="end")),
    *(("idea_closed", why, replace(_IDEA, answer=why)) for why in ("adopted_elsewhere", "withdrawn", "expired")),
    ("idea_closed", "erased", MailContent(answer="withdrawn")),
    *(("nomination_answered", how, replace(_NOMINEE, answer=how)) for how in ("declined", "expired")),
    ("nomination_ended", "expired", replace(_NOMINATION, answer="expired")),
    ("round_opened", "brand", replace(_ROUND, brand=_BRAND)),
    (
        "round_result",
        "none",
        MailContent(
            round_name=_ROUND.round_name,
            choices=(RankedListing(SOLAR, "filled_by_lot"), RankedListing(MOONS, "not_ranked")),
            free=(COMETS,),
        ),
    ),
    (
        "round_result",
        "placed",
        MailContent(
            round_name=_ROUND.round_name,
            choices=(RankedListing(SOLAR, "placed_elsewhere"), RankedListing(MOONS, "placed_elsewhere")),
        ),
    ),
)


def _contents() -> Iterator[tuple[str, MailKind, MailContent]]:
    for name, kind in KINDS.items():
        yield name, kind, USUAL[name]
    for name, variant, content in _VARIANTS:
        yield f"{name}-{variant}", KINDS[name], content
