"""Persons: one human being known by several addresses and accounts, and what is published about them.

Attendees are linked by merges: one is merged into another, which is kept. So a person's attendees form a tree, whose root is
the id that other services know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from registration.attendees.domain.attendance import Attendee, Detail, HostAnswers, Key, Purpose, Skills
from shared.contract.events.fields import Discipline
from shared.contract.events.registration import MOST_EXCLUDED_SKILLS, MOST_HOSTS

Group = tuple[str, ...]
"""The ids of one person's attendees, starting with the one that is kept."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The decision that an attendee is the same person as another one, which is kept."""

    into: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The merge and erasure of an id. Most ids have neither."""

    id: str
    group: Group
    merge: Merge | None = None
    erased_at: datetime | None = None
    """Nothing that happened up to this time is recorded about the person again."""


def groups_of(identities: Iterable[Identity]) -> dict[str, Group]:
    """The group of each id that is in one."""
    return {id: identity.group for identity in identities for id in identity.group}


def regroup(identities: Mapping[str, Identity]) -> dict[str, Group]:
    """The group of each of these identities, as their merges define it. It needs all identities of each group."""

    def root(id: str) -> str:
        while (identity := identities.get(id)) and identity.merge:
            id = identity.merge.into
        return id

    members: dict[str, list[str]] = {}
    for id in sorted(identities):
        members.setdefault(root(id), []).append(id)
    groups = {kept: (kept, *(id for id in ids if id != kept)) for kept, ids in members.items()}
    return {id: group for group in groups.values() for id in group}


class Contact(NamedTuple):
    """Everything in a published contact. A new version is published exactly when this changes."""

    email: str
    name: str | None
    locale: str | None
    mail: bool
    time_zone: str | None = None
    mail_at: datetime | None = None
    """When the person last agreed to mails here, rather than by an event."""
    merged_into: str | None = None


class ProfileEvidence(NamedTuple):
    """Everything that a published profile is made from. A new version is published exactly when this changes."""

    attendance: frozenset[Key] = frozenset()
    skills: Skills = ()
    """Declared skills."""
    sharing: bool = False
    topics: tuple[str, ...] = ()
    """Research interests and equipment."""
    discipline: Discipline | None = None
    availability: Mapping[str, Any] | None = None
    gained: tuple[tuple[str, Skills], ...] = ()
    """The ids of placements, each with the skills that were gained in it."""
    merged_into: str | None = None
    """The kept attendee, whose profile has this evidence instead."""
    hosts: tuple[tuple[str, bool, str], ...] = ()
    """The hosts for which the person's answer differs from the general one, each with the answer and its time."""
    excluded: tuple[str, ...] = ()
    """The skills by which the person does not want to be matched."""


NO_EVIDENCE: Final = ProfileEvidence()
"""The evidence for somebody who did not agree to be matched."""


@dataclass(frozen=True, slots=True)
class Person:
    """The attendees of one person, starting with the one that is kept."""

    members: tuple[Attendee, ...]

    def agrees(self, purpose: Purpose) -> bool:
        """Whether the person agrees to a purpose: only if all of the attendees do."""
        return all(member.agrees(purpose) for member in self.members)

    def hosts(self) -> HostAnswers:
        """The person's answers about individual hosts: they agree only if all of their attendees do."""
        said = [member.hosts() for member in self.members]
        return {
            host: (
                all(
                    theirs[host][0] if host in theirs else member.agrees("sharing")
                    for member, theirs in zip(self.members, said, strict=True)
                ),
                max(theirs[host][1] for theirs in said if host in theirs),
            )
            for host in sorted({host for theirs in said for host in theirs})
        }

    def _agreed_here(self, purpose: Purpose) -> datetime | None:
        """The time from which all attendees had declared their agreement; None if not all did."""
        details = [member.own_details.get(purpose) for member in self.members]
        times = [detail.at for detail in details if detail and detail.value]
        return min(times) if len(times) == len(details) else None

    def detail(self, name: str) -> Any:
        """The latest value of a detail: declared by the person, else from facts. None if there is none."""
        latest = self.latest(name)
        return latest.value if latest else None

    def latest(self, name: str) -> Detail | None:
        """The latest detail with its origin: declared by the person, else from facts. None if there is none."""
        details = [member.own_details[name] for member in self.members if name in member.own_details]
        details = details or [member.event_details[name] for member in self.members if name in member.event_details]
        return max(details, key=lambda detail: detail[:2]) if details else None

    def name(self) -> str | None:
        """The latest name; if the person gave none, the first name given for a conference that they organize."""
        if any(member.detail("name") for member in self.members):
            name: str | None = self.detail("name")
            return name
        given = (name for member in self.members for name in member.organizes.values() if name)
        return next(given, None)

    def organizes(self) -> list[str]:
        """The ids of the conferences that the person organizes."""
        return sorted({conference_id for member in self.members for conference_id in member.organizes})

    def skills(self) -> list[tuple[str, int | None]]:
        """The latest declared skills with their levels, without excluded ones."""
        excluded = {skill.casefold() for skill in self.excluded_skills()}
        return [(skill, level) for skill, level in self.named_skills() if skill.casefold() not in excluded]

    def named_skills(self) -> list[tuple[str, int | None]]:
        """The latest declared skills with their levels, and excluded ones among them. Naming a skill again does not change its
        level."""
        skills: dict[str, str] = {}
        for term in self.detail("skills") or ():
            skills.setdefault(term.casefold(), term)
        levels = {term.casefold(): level for term, level in self.detail("levels") or ()}
        return [(term, levels.get(key)) for key, term in skills.items()]

    def excluded_skills(self) -> list[str]:
        """The skills by which the person does not want to be matched: all that any of their attendees excluded."""
        said = [skill for member in self.members if (one := member.detail("excluded_skills")) for skill in one.value]
        return list({skill.casefold(): skill for skill in reversed(said)}.values())[::-1]

    def contact(self, attendee: Attendee) -> Contact | None:
        """The person's contact under this attendee's id; None if no address is known, or nothing was ever recorded.

        An attendee that was merged into another gets no mail.
        """
        if not (
            attendee.contact_version
            or any(member.attendance or member.event_details or member.own_details or member.organizes for member in self.members)
        ):
            return None
        if attendee is not self.members[0]:
            kept = self.members[0].id
            return Contact(attendee.email, None, None, False, merged_into=kept) if attendee.email else None
        email = next((member.email for member in self.members if member.email), None)
        if email is None:
            return None
        agrees = self.agrees("mail")
        agreed_at = self._agreed_here("mail") if agrees else None
        return Contact(email, self.name(), self.detail("locale"), agrees, self.detail("time_zone"), agreed_at)

    def evidence(self, attendee: Attendee) -> ProfileEvidence:
        """The evidence of this attendee's profile: the whole person's for the kept attendee, none for the others."""
        if attendee is not self.members[0]:
            return ProfileEvidence(merged_into=self.members[0].id)
        return self.known() if self.agrees("matching") else NO_EVIDENCE

    def known(self) -> ProfileEvidence:
        """All evidence of the person, even if they do not agree to be matched."""
        return ProfileEvidence(
            frozenset(self._attendance()),
            tuple(self.skills()),
            self.agrees("sharing"),
            (*(self.detail("research_interests") or ()), *(self.detail("equipment") or ())),
            self.detail("discipline"),
            self.detail("availability"),
            tuple(sorted((id, skills) for member in self.members for id, skills in member.placements.items() if skills)),
            hosts=tuple((host, agreed, at) for host, (agreed, at) in self.hosts().items())[:MOST_HOSTS],
            excluded=tuple(self.excluded_skills()[:MOST_EXCLUDED_SKILLS]),
        )

    def _attendance(self) -> Iterable[Key]:
        if len(self.members) == 1 and not self.members[0].met_aliases:  # the usual case
            return self.members[0].attendance.keys()
        return self._joined_attendance()

    def _joined_attendance(self) -> Iterable[Key]:
        own = {member.id for member in self.members}
        for member in self.members:
            for key in member.attendance:
                kind, conference_id, subject = key
                if kind != "person_met":
                    yield key
                    continue
                for id in member.met_aliases.get(subject, (subject,)):
                    if id not in own:  # nobody meets themselves
                        yield kind, conference_id, id
