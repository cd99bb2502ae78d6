"""The page of the site that each mail leads to, where its reader can act. Pure."""

from typing import Final, NamedTuple
from urllib.parse import quote

from notifications.mail.content import MailContent
from notifications.mail_kinds import MailKind
from shared.wording.languages import translatable


class LinkedPage(NamedTuple):
    """A path of the site, and the words of the button that leads there.

    In the path, ``{id}`` is the id of what the mail's thread is about: of an application, a placement, an idea.
    """

    path: str
    label: str


_APPLICATION: Final = LinkedPage("/my/applications/{id}", translatable("See your application"))
_OFFER: Final = LinkedPage("/my/applications/{id}", translatable("Answer the offer"))
_PLACEMENT: Final = LinkedPage("/my/placements/{id}", translatable("See the internship"))
_FEEDBACK: Final = LinkedPage("/my/placements/{id}", translatable("Give feedback"))
_IDEA: Final = LinkedPage("/my-ideas/{id}", translatable("See your idea"))
_MATCH_DAY: Final = LinkedPage("/my/match-days/{round}", translatable("Rank internships"))
_RESULT: Final = LinkedPage("/my/match-days/{round}", translatable("See the match day"))
_APPLICANT: Final = LinkedPage("/desk/{organization}/applications/{id}", translatable("See the application"))
_ANSWER: Final = LinkedPage("/desk/{organization}/applications/{id}", translatable("Answer the application"))
_INTERN: Final = LinkedPage("/desk/{organization}/placements/{id}", translatable("See the placement"))
_ASSESSMENT: Final = LinkedPage("/desk/{organization}/placements/{id}", translatable("Give feedback"))
_DESK: Final = LinkedPage("/desk/{organization}", translatable("Go to your desk"))
_RANK: Final = LinkedPage("/desk/{organization}/match-days/{round}", translatable("Go to your ranking"))
_RANKED: Final = LinkedPage("/desk/{organization}/match-days/{round}", translatable("See the match day"))
_NOMINEE: Final = LinkedPage("/desk/{organization}/nominations/{id}", translatable("See the nomination"))

LINKED_PAGES: Final = {
    "welcome": LinkedPage("/profile", translatable("See your profile")),
    "matches": LinkedPage("/my/matches", translatable("See all of them")),
    "listing_closing": LinkedPage("/my/matches/{listing}", translatable("See the internship and apply")),
    "invitation": LinkedPage("/my/matches/{listing}", translatable("See the internship and apply")),
    "application_sent": _APPLICATION,
    "application_received": _ANSWER,
    "answer_reminder": _ANSWER,
    "terms_changed": LinkedPage("/my/applications/{id}", translatable("Say whether you still want it")),
    "application_rejected": _APPLICATION,
    "application_closed": _APPLICATION,
    "applications_superseded": LinkedPage("/my/applications", translatable("See your applications")),
    "application_superseded": _APPLICANT,
    "application_withdrawn": _APPLICANT,
    "interview_slots": LinkedPage("/my/applications/{id}", translatable("Choose a time")),
    "interview": _APPLICATION,
    "interview_host": _APPLICANT,
    "interview_cancelled": _APPLICATION,
    "interview_cancelled_host": _APPLICANT,
    "offer": _OFFER,
    "offer_reminder": _OFFER,
    "offer_lapsed": _APPLICATION,
    "offer_rescinded": _APPLICATION,
    "offer_answered": _APPLICANT,
    "placement_confirmed": _PLACEMENT,
    "placement_cancelled": _PLACEMENT,
    "mentor_introduction": _PLACEMENT,
    "mentee_introduction": LinkedPage("/mentor/people/{id}", translatable("See your mentee")),
    "placement_started": _PLACEMENT,
    "placement_start_check": LinkedPage("/my/placements/{id}", translatable("Confirm the start")),
    "placement_start_check_host": LinkedPage("/desk/{organization}/placements/{id}", translatable("Confirm the start")),
    "placement_dates": _PLACEMENT,
    "placement_dates_host": _INTERN,
    "placement_feedback": _FEEDBACK,
    "placement_feedback_host": _ASSESSMENT,
    "placement_skills": LinkedPage("/my/placements/{id}", translatable("Confirm your skills")),
    "placement_completed": _PLACEMENT,
    "placement_completed_host": _INTERN,
    "placement_hire": _PLACEMENT,
    "placement_hire_host": _INTERN,
    "placement_ended_host": _INTERN,
    "idea_asked": LinkedPage("/my-ideas/{id}", translatable("Answer")),
    "idea_published": LinkedPage("/my/matches/{listing}", translatable("See the internship and apply")),
    "idea_expired": _IDEA,
    "idea_adopted": LinkedPage("/desk-listings/{organization}/write/{listing}", translatable("See the draft")),
    "idea_closed": LinkedPage("/desk-listings/{organization}/ideas", translatable("See other ideas")),
    "nomination": LinkedPage("/my/nominations/{id}", translatable("Answer the nomination")),
    "nomination_answered": LinkedPage("/mentor/nominations/{id}", translatable("See your nomination")),
    "nomination_agreed": _NOMINEE,
    "nomination_taken_back": _NOMINEE,
    "nomination_ended": LinkedPage("/my/nominations/{id}", translatable("See the nomination")),
    "round_opened": _MATCH_DAY,
    "round_locked": _RESULT,
    "round_result": _RESULT,
    "round_cancelled": _RESULT,
    "round_opened_host": _RANK,
    "round_closing_host": _RANK,
    "round_result_host": _RANKED,
    "round_cancelled_host": _RANKED,
    "host_summary": _DESK,
}
"""By the name of the mail kind. The others lead to no page: who signs in is on one, and who is erased has none."""

_AS_MENTOR: Final = {"/desk/{organization}/placements/{id}": "/mentor/people/{id}"}
"""Where readers who get the mail only as a mentor are led, by the host's page. Staff who do not look after the mentee are led on
from there to the host's page."""
_AREAS: Final = {"attendee": "/my", "host": "/desk", "mentor": "/mentor"}
"""Where a mail leads if something that its path needs is not known."""


def linked_path(kind: MailKind, about: str, content: MailContent, *, as_mentor: bool = False) -> str:
    """The path of the page that a mail leads to; "" for none. ``about`` is its thread, such as ``application/ID``. ``as_mentor``:
    whether the reader is a mentor who does not get the mails to the host."""
    if kind.name not in LINKED_PAGES:
        return ""
    known = {
        "id": about.partition("/")[2],
        "listing": content.listing.id if content.listing else "",
        "organization": content.organization_id,
        "round": content.round_id,
    }
    path = LINKED_PAGES[kind.name].path
    if as_mentor:
        path = _AS_MENTOR.get(path, path)
    for name, value in known.items():
        if f"{{{name}}}" in path and not value:
            return _AREAS[kind.role]
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
