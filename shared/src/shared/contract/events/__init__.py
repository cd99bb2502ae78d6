"""The events of the contract: one module for each publishing service, every event type in ``TYPES``.

A type's name ends in its version. A breaking change is a new model with ``.v2``, published beside the old one.
Commands that a service sends to itself are not here: see ``shared.contract.message_types``.
"""

from typing import Final

from pydantic import BaseModel

from shared.contract.events import attendance, listings, matching, notifications, registration

TYPES: Final[dict[str, type[BaseModel]]] = {
    "attendance.checked_in.v1": attendance.CheckedIn,
    "attendance.session_attended.v1": attendance.SessionAttended,
    "attendance.person_met.v1": attendance.PersonMet,
    "attendance.left.v1": attendance.Left,
    "attendance.reverted.v1": attendance.Reverted,
    "registration.conference.scheduled.v1": registration.ConferenceScheduled,
    "registration.contact.changed.v1": registration.ContactChanged,
    "registration.contact.erased.v1": registration.ContactErased,
    "registration.attendee.profiled.v1": registration.AttendeeProfiled,
    "registration.turnout.counted.v1": registration.TurnoutCounted,
    "registration.key.changed.v1": registration.KeyChanged,
    "listings.organization.changed.v1": listings.OrganizationChanged,
    "listings.listing.published.v1": listings.ListingPublished,
    "listings.listing.withdrawn.v1": listings.ListingWithdrawn,
    "listings.idea.changed.v1": listings.IdeaChanged,
    "listings.contact.changed.v1": listings.StaffChanged,
    "matching.recommendations.changed.v2": matching.RecommendationsChanged,
    "matching.round.changed.v1": matching.RoundChanged,
    "matching.ranking.changed.v1": matching.RankingChanged,
    "matching.outcome.decided.v1": matching.OutcomeDecided,
    "matching.application.changed.v1": matching.ApplicationChanged,
    "matching.nomination.changed.v1": matching.NominationChanged,
    "matching.invitation.sent.v1": matching.InvitationSent,
    "matching.placement.made.v1": matching.PlacementMade,
    "matching.placement.changed.v1": matching.PlacementChanged,
    "matching.seats.changed.v1": matching.SeatsChanged,
    "notifications.delivery.changed.v1": notifications.DeliveryChanged,
    "notifications.signing_key.published.v1": notifications.SigningKeyPublished,
    "notifications.signing_key.revoked.v1": notifications.SigningKeyRevoked,
    "notifications.sessions.ended.v1": notifications.SessionsEnded,
}
"""Every event type, by its CloudEvents ``type``."""

NAMES: Final[dict[type[BaseModel], str]] = {model: name for name, model in TYPES.items()}
"""The CloudEvents ``type`` of each model."""
