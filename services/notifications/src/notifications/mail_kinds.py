"""Every mail kind as data: who gets it, whether it can be switched off, how long it is worth sending."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

RecipientRole = Literal["attendee", "host", "mentor"]

Category = Literal["transactional", "digest", "announcement"]
"""Transactional mails belong to what the recipient takes part in, and cannot be switched off."""

Lane = Literal["transactional", "bulk"]
"""Each lane has its own connections, so that a large digest never delays an offer."""
LANES: Final[tuple[Lane, ...]] = ("transactional", "bulk")

Unclear = Literal["resend", "wait"]
"""What to do if the connection broke when the server may already have the mail. resend: send it once more under the same
Message-ID, because missing it would be worse than getting it twice; wait: do not, and wait whether a bounce comes."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MailKind:
    """A kind of mail."""

    name: str
    """Also the name of its templates."""
    role: RecipientRole
    """The role of its recipients."""
    category: Category
    causes: tuple[str, ...]
    """The types of the events that cause it; none if it is caused on a page of ours."""
    worth: timedelta
    """How long after it is due it is worth sending, if the event sets no earlier end."""
    cancelled_by: str = ""
    """What cancels it before it is sent, in words for the documentation."""
    unclear: Unclear = "wait"
    sensitive: bool = False
    """Its text is deleted once it is sent."""
    calendar: Literal["", "REQUEST", "CANCEL"] = ""
    """It contains an invitation to an appointment, or cancels one (RFC 5546)."""

    @property
    def lane(self) -> Lane:
        return "transactional" if self.category == "transactional" else "bulk"

    @property
    def optional(self) -> bool:
        """Whether its recipients can switch it off."""
        return self.category != "transactional"


_CONTACT: Final = "registration.contact.changed.v1"
_ERASED: Final = "registration.contact.erased.v1"
_RECOMMENDATIONS: Final = ("matching.recommendations.changed.v2",)
_LISTING: Final = "listings.listing.published.v1"
_IDEA: Final = "listings.idea.changed.v1"
_APPLICATION: Final = "matching.application.changed.v1"
_PLACEMENT: Final = "matching.placement.changed.v1"
_SEAT: Final = "matching.placement.made.v1"
_NOMINATION: Final = ("matching.nomination.changed.v1",)
_INVITATION: Final = ("matching.invitation.sent.v1",)
_ROUND: Final = "matching.round.changed.v1"
_OUTCOME: Final = "matching.outcome.decided.v1"

_KINDS: Final = (
    MailKind("welcome", "attendee", "announcement", (_CONTACT,), 7 * _DAY, "consent withdrawn"),
    MailKind("matches", "attendee", "digest", _RECOMMENDATIONS, 7 * _DAY, "consent withdrawn; nothing new left"),
    MailKind("listing_closing", "attendee", "announcement", (_LISTING,), 3 * _DAY, "the listing closed, or its deadline moved"),
    MailKind("invitation", "attendee", "announcement", _INVITATION, 14 * _DAY, "applied; the listing closed"),
    MailKind("application_sent", "attendee", "transactional", (_APPLICATION,), 7 * _DAY, sensitive=True),
    MailKind("application_received", "host", "transactional", (_APPLICATION,), 7 * _DAY, "ended", sensitive=True),
    MailKind("answer_reminder", "host", "transactional", (_APPLICATION,), 5 * _DAY, "answered or ended", sensitive=True),
    MailKind("terms_changed", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "answered or ended", sensitive=True),
    MailKind("application_rejected", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "reopened", sensitive=True),
    MailKind("application_closed", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "reopened", sensitive=True),
    MailKind("applications_superseded", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, sensitive=True),
    MailKind("application_superseded", "host", "transactional", (_APPLICATION,), 14 * _DAY, "reopened", sensitive=True),
    MailKind("application_withdrawn", "host", "transactional", (_APPLICATION,), 14 * _DAY, "reopened", sensitive=True),
    MailKind("interview_slots", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "chosen or taken back", sensitive=True),
    MailKind(
        "interview", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "moved or called off", "resend", True, "REQUEST"
    ),
    MailKind(
        "interview_host", "host", "transactional", (_APPLICATION,), 14 * _DAY, "moved or called off", "resend", True, "REQUEST"
    ),
    MailKind("interview_cancelled", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "", "resend", True, "CANCEL"),
    MailKind("interview_cancelled_host", "host", "transactional", (_APPLICATION,), 14 * _DAY, "", "resend", True, "CANCEL"),
    MailKind("offer", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "answered or taken back", "resend", True),
    MailKind("offer_reminder", "attendee", "transactional", (_APPLICATION,), 3 * _DAY, "answered or taken back", "resend", True),
    MailKind("offer_lapsed", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "reopened", sensitive=True),
    MailKind("offer_rescinded", "attendee", "transactional", (_APPLICATION,), 14 * _DAY, "reopened", sensitive=True),
    MailKind("offer_answered", "host", "transactional", (_APPLICATION,), 7 * _DAY, sensitive=True),
    MailKind("placement_confirmed", "attendee", "transactional", (_PLACEMENT,), 14 * _DAY, "ended", "resend", True, "REQUEST"),
    MailKind("placement_cancelled", "attendee", "transactional", (_PLACEMENT,), 14 * _DAY, "", "resend", True, "CANCEL"),
    MailKind("mentor_introduction", "attendee", "transactional", (_SEAT, _PLACEMENT), 14 * _DAY, "ended", sensitive=True),
    MailKind("mentee_introduction", "mentor", "transactional", (_SEAT, _PLACEMENT), 14 * _DAY, "ended", sensitive=True),
    MailKind("placement_started", "attendee", "transactional", (_PLACEMENT,), 7 * _DAY, "ended", sensitive=True),
    MailKind("placement_start_check", "attendee", "transactional", (_PLACEMENT,), 7 * _DAY, "begun or ended", sensitive=True),
    MailKind("placement_start_check_host", "host", "transactional", (_PLACEMENT,), 7 * _DAY, "begun or ended", sensitive=True),
    MailKind("placement_dates", "attendee", "transactional", (_PLACEMENT,), 14 * _DAY, "ended", "resend", True, "REQUEST"),
    MailKind("placement_dates_host", "host", "transactional", (_PLACEMENT,), 14 * _DAY, "ended", sensitive=True),
    MailKind("placement_feedback", "attendee", "transactional", (_PLACEMENT,), 14 * _DAY, "given or moved", sensitive=True),
    MailKind("placement_feedback_host", "host", "transactional", (_PLACEMENT,), 14 * _DAY, "given or moved", sensitive=True),
    MailKind("placement_skills", "attendee", "transactional", (_PLACEMENT,), 14 * _DAY, "confirmed", sensitive=True),
    MailKind("placement_completed", "attendee", "transactional", (_PLACEMENT,), 30 * _DAY, sensitive=True),
    MailKind("placement_completed_host", "host", "transactional", (_PLACEMENT,), 30 * _DAY, sensitive=True),
    MailKind("placement_hire", "attendee", "transactional", (_PLACEMENT,), 30 * _DAY, "changed or taken back", sensitive=True),
    MailKind("placement_hire_host", "host", "transactional", (_PLACEMENT,), 30 * _DAY, "changed or taken back", sensitive=True),
    MailKind("placement_ended_host", "host", "transactional", (_PLACEMENT,), 14 * _DAY, sensitive=True),
    MailKind("idea_asked", "attendee", "transactional", (_IDEA,), 14 * _DAY, "answered or taken back", sensitive=True),
    MailKind("idea_published", "attendee", "transactional", (_LISTING,), 14 * _DAY, "the listing closed", sensitive=True),
    MailKind("idea_expired", "attendee", "transactional", (_IDEA,), 14 * _DAY, "proposed again", sensitive=True),
    MailKind("idea_adopted", "host", "transactional", (_IDEA,), 14 * _DAY, sensitive=True),
    MailKind("idea_closed", "host", "transactional", (_IDEA,), 14 * _DAY, sensitive=True),
    MailKind("nomination", "attendee", "transactional", _NOMINATION, 14 * _DAY, "answered or ended", sensitive=True),
    MailKind("nomination_answered", "mentor", "transactional", _NOMINATION, 14 * _DAY, "changed", sensitive=True),
    MailKind("nomination_agreed", "host", "transactional", _NOMINATION, 14 * _DAY, "ended", sensitive=True),
    MailKind("nomination_taken_back", "host", "transactional", _NOMINATION, 14 * _DAY, "made again", sensitive=True),
    MailKind("nomination_ended", "attendee", "transactional", _NOMINATION, 14 * _DAY, "made again", sensitive=True),
    MailKind("round_opened", "attendee", "announcement", (_ROUND,), 14 * _DAY, "rankings closed, or the round cancelled"),
    MailKind("round_locked", "attendee", "transactional", (_ROUND,), 2 * _DAY, "the round cancelled"),
    MailKind("round_result", "attendee", "transactional", (_OUTCOME,), 14 * _DAY, "", "resend", True),
    MailKind("round_cancelled", "attendee", "transactional", (_ROUND,), 14 * _DAY),
    MailKind("round_opened_host", "host", "transactional", (_ROUND,), 14 * _DAY, "rankings closed, or the round cancelled"),
    MailKind("round_closing_host", "host", "transactional", (_ROUND,), 2 * _DAY, "the date moved, or the round cancelled"),
    MailKind("round_result_host", "host", "transactional", (_ROUND, _SEAT, _PLACEMENT), 14 * _DAY, "", "resend", True),
    MailKind("round_cancelled_host", "host", "transactional", (_ROUND,), 14 * _DAY),
    MailKind("host_summary", "host", "digest", (_APPLICATION,), 3 * _DAY, "nothing happened in the week"),
    MailKind("erased", "attendee", "transactional", (_ERASED,), 2 * _DAY, sensitive=True),
    MailKind("sign_in", "attendee", "transactional", (), timedelta(minutes=15), sensitive=True),
    MailKind("passkey_added", "attendee", "transactional", (), 2 * _DAY, "", "resend", True),
    MailKind("passkey_removed", "attendee", "transactional", (), 2 * _DAY, "", "resend", True),
)

KINDS: Final = {kind.name: kind for kind in _KINDS}
"""Every kind, by its name."""
