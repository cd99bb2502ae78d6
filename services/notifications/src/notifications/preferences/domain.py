"""What people can choose to get, and how their choice is read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, get_args
from zoneinfo import available_timezones

from notifications.contacts.domain import Contact, Preferences
from notifications.mail_kinds import KINDS, MailKind, RecipientRole
from notifications.windows import Frequency

MATCHES: Final = "matches"
"""The digest for which one chooses how often, too."""

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
"""Whose zones are called after places; what else there is are old names and offsets."""


class Unfit(ValueError):
    """A choice that there is not. ``field`` names where it was made."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants."""

    preferences: Preferences
    unsubscribed: bool
    """No optional mail at all."""


def audiences(contact: Contact) -> frozenset[RecipientRole]:
    """Whom this person is addressed as."""
    posts = contact.staff.posts if contact.staff else ()
    found: dict[RecipientRole, bool] = {
        "attendee": contact.attendee is not None and not contact.merged_into,
        "host": any(post.contact for post in posts),
        "mentor": any(post.mentor for post in posts),
    }
    return frozenset(audience for audience, there in found.items() if there)


def offered(contact: Contact) -> tuple[MailKind, ...]:
    """The kinds that this person can switch off one by one, the digest of matches among them.

    A welcome comes once, before anybody could.
    """
    mine = audiences(contact)
    return tuple(kind for kind in KINDS.values() if kind.optional and kind.role in mine and kind.name != "welcome")


def chosen(form: Mapping[str, Sequence[str]], contact: Contact, languages: Sequence[str]) -> Choice:
    """The choice that was made in a form: ``digest``, ``language`` and ``time_zone``, a ``kind`` for each one wanted, and
    ``none`` where no optional mail is. What the form does not offer this person stays as it was.

    Raises:
        Unfit: there is no such choice.
    """
    before = contact.preferences
    switches = {kind.name for kind in offered(contact)}
    wanted = set(form.get("kind", ()))
    if unknown := wanted - switches - {MATCHES}:
        raise Unfit("kind", f"there is no kind of mail {min(unknown)[:50]!r} to choose")
    off = (before.off - switches) | (switches - {MATCHES} - wanted)
    digest = before.digest
    if MATCHES in switches:
        often = _one(form, "digest")
        if often == "never":
            off |= {MATCHES}
        elif often in get_args(Frequency):
            digest = next(frequency for frequency in get_args(Frequency) if frequency == often)
        else:
            raise Unfit("digest", f"must be one of {', '.join(get_args(Frequency))}, never")
    language, zone = _one(form, "language"), _one(form, "time_zone")
    if language and language not in languages:
        raise Unfit("language", f"must be one of {', '.join(languages)}")
    if zone and zone not in available_timezones():
        raise Unfit("time_zone", "must be a time zone by its IANA name, such as Europe/Prague")
    return Choice(Preferences(digest, off, language or None, zone or None), unsubscribed=bool(_one(form, "none")))


def _one(form: Mapping[str, Sequence[str]], field: str) -> str:
    return next(iter(form.get(field, ())), "")


@cache
def zones() -> dict[str, tuple[str, ...]]:
    """The time zones to choose among, by continent or ocean."""
    names = sorted(available_timezones())
    return {region: tuple(name for name in names if name.startswith(f"{region}/")) for region in _REGIONS}
