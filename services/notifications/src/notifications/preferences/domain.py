"""Which mails people can choose, and how a form with their choice is read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, get_args
from zoneinfo import available_timezones

from notifications.contacts.domain import Contact, Preferences
from notifications.digest_times import Frequency
from notifications.mail_kinds import KINDS, MailKind, RecipientRole
from shared.refusals import Invalid

MATCHES: Final = "matches"
"""The digest, for which people also choose how often they get it."""

_REGIONS: Final = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
"""Where time zones are named after places. All other names are old ones or offsets."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose in the form."""

    preferences: Preferences
    unsubscribed: bool
    """They want no optional mail at all."""


def roles(contact: Contact) -> frozenset[RecipientRole]:
    """The roles in which this person gets mails."""
    found: dict[RecipientRole, bool] = {
        "attendee": contact.attendee is not None and not contact.merged_into,
        "host": any(post.contact for post in contact.posts),
        "mentor": any(post.mentor for post in contact.posts),
    }
    return frozenset(role for role, has_it in found.items() if has_it)


def offered(contact: Contact) -> tuple[MailKind, ...]:
    """The kinds that this person can switch off one by one, including the digest of matches.

    Not the welcome: it is sent once, before anybody can switch it off.
    """
    own_roles = roles(contact)
    return tuple(kind for kind in KINDS.values() if kind.optional and kind.role in own_roles and kind.name != "welcome")


def chosen(form: Mapping[str, Sequence[str]], contact: Contact, languages: Sequence[str]) -> Choice:
    """The choice made in a form: ``digest``, ``language``, ``time_zone``, one ``kind`` for each wanted kind, and ``none`` to
    unsubscribe from all optional mails. Kinds that the form does not offer this person keep their setting.

    Raises:
        Invalid: there is no such choice.
    """
    before = contact.preferences
    switches = {kind.name for kind in offered(contact)}
    wanted = set(form.get("kind", ()))
    if unknown := wanted - switches - {MATCHES}:
        raise Invalid("kind", f"there is no optional mail kind {min(unknown)[:50]!r}")
    off = (before.off - switches) | (switches - {MATCHES} - wanted)
    digest = before.digest
    if MATCHES in switches:
        often = _first(form, "digest")
        if often == "never":
            off |= {MATCHES}
        elif often in get_args(Frequency):
            digest = next(frequency for frequency in get_args(Frequency) if frequency == often)
        else:
            raise Invalid("digest", f"must be one of {', '.join(get_args(Frequency))}, never")
    language, zone = _first(form, "language"), _first(form, "time_zone")
    if language and language not in languages:
        raise Invalid("language", f"must be one of {', '.join(languages)}")
    if zone and zone not in available_timezones():
        raise Invalid("time_zone", "must be a time zone by its IANA name, such as Europe/Prague")
    return Choice(Preferences(digest, off, language or None, zone or None), unsubscribed=bool(_first(form, "none")))


def _first(form: Mapping[str, Sequence[str]], field: str) -> str:
    return next(iter(form.get(field, ())), "")


@cache
def zones() -> dict[str, tuple[str, ...]]:
    """The time zones to choose from, by continent or ocean."""
    names = sorted(available_timezones())
    return {region: tuple(name for name in names if name.startswith(f"{region}/")) for region in _REGIONS}
