"""What the reasons of a match rest on, for the attendee to look at: what the listing says, and what of theirs corresponds to it.

Names are left out that matching does not know: those of mentors, who are on the listing's page if they agreed to be named, and
of speakers, who are in the conference's own schedule.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from matching.attendee_pages.reading import Attendee, Voice
from matching.catalogue.use_cases import LiveCatalogue
from matching.model.candidates import Candidate, Interest
from matching.model.conferences import Conference
from matching.model.listings import FOUND_WEIGHT, Listing, RequestedTerm, mastery_of_level
from matching.model.terms import KnownTerms
from matching.placements.domain.placement import Placement
from matching.placements.repository import PlacementsRepository
from matching.roles.repository import RolesRepository
from shared.contract.events.matching import Match
from shared.database.mongo import Tx
from shared.wording.languages import translatable
from shared.wording.untrusted_text import TERM, TITLE, one_line

MOST_TERMS: Final = 8
MOST_SESSIONS: Final = 5
LEVELS: Final = range(1, 6)
_ASKED: Final = {
    "skill": translatable("The organization asks for it."),
    "topic": translatable("It is a topic of this internship."),
    "research": translatable("It is part of the research."),
}
_FOUND: Final = translatable("The description mentions it.")


class SeenSession(NamedTuple):
    """An attended session. ``url``: its page in the public schedule, if that has one."""

    title: str
    conference: str
    starts: datetime | None
    url: str | None


class TermEvidence(NamedTuple):
    """A term that both sides have."""

    term: str
    asked: str
    """What the listing says of it."""
    quoted: str
    """The listing's page, at the first place that has the term."""
    named: str
    """The skill as the attendee named it; "" if they did not."""
    sessions: list[SeenSession]
    placements: list[Placement]
    """Those in which they gained it, according to their mentors, and themselves."""


class Evidence(NamedTuple):
    """What a match rests on."""

    terms: list[TermEvidence]
    met_at: list[str]
    """The conferences where the attendee met one of its mentors."""
    conferences: list[str]
    """The conferences that both attended."""


class EvidenceReader:
    """Reads what matches rest on."""

    def __init__(
        self, live_catalogue: LiveCatalogue, placements: PlacementsRepository, roles: RolesRepository, terms: KnownTerms
    ) -> None:
        self._live_catalogue = live_catalogue
        self._placements = placements
        self._roles = roles
        self._terms = terms

    async def read(self, match: Match, listing: Listing, attendee: Attendee, says: Voice, tx: Tx) -> Evidence | None:
        """What this match rests on; None if matching does not know the attendee."""
        candidate = attendee.candidate
        if candidate is None:
            return None
        snapshot = await self._live_catalogue.current(tx)
        host = (await self._roles.get_many("organization", [listing.organization_id], tx)).get(listing.organization_id)
        own = await self._placements.of_attendees(attendee.ids, tx)
        gained: dict[str, list[Placement]] = {}
        for placement in (one for some in own.values() for one in some):
            for skill in placement.skills:
                if skill.confirmed:
                    gained.setdefault(self._terms.normalise(skill.term), []).append(placement)
        away = host.mentors_away(tx.now.date()) if host else frozenset[str]()
        return evidence_of(match, listing, candidate, snapshot.interests(candidate), snapshot.conferences, gained, away, says)


def evidence_of(
    match: Match,
    listing: Listing,
    candidate: Candidate,
    interests: Mapping[str, Interest],
    conferences: Mapping[str, Conference],
    gained: Mapping[str, Sequence[Placement]],
    away: Collection[str],
    says: Voice,
) -> Evidence:
    """The evidence of this match, the strongest reason first.

    ``interests``: the candidate's, with the terms of their sessions; ``gained``: their placements, by the keys of the skills that
    they gained there; ``away``: mentors who look after nobody new, and so are no reason.
    """
    weights: dict[str, float] = {}
    for reason in match.reasons:
        if reason.term:
            weights[reason.term.casefold()] = weights.get(reason.term.casefold(), 0.0) + reason.contribution
    shared = [key for key, term in listing.requested_terms.items() if term.name.casefold() in weights and key in interests]
    shared.sort(key=lambda key: -weights[listing.requested_terms[key].name.casefold()])
    met = {id for mentor in listing.mentor_ids if mentor not in away for id in candidate.met_at(mentor)}
    both = candidate.conference_ids.intersection(listing.conference_ids)
    return Evidence(
        [_of_term(listing, key, interests[key], conferences, gained.get(key, ()), says) for key in shared[:MOST_TERMS]],
        sorted(_names(met, conferences)),
        sorted(_names(both, conferences)),
    )


def _of_term(
    listing: Listing,
    key: str,
    interest: Interest,
    conferences: Mapping[str, Conference],
    placements: Sequence[Placement],
    says: Voice,
) -> TermEvidence:
    requested = listing.requested_terms[key]
    # A skill gained in a placement counts as named, with the highest level: who named it is not known any more.
    named = says.words.skill(requested.name, interest.level) if interest.declared and not placements else ""
    return TermEvidence(
        one_line(requested.name, TERM),
        _asked(requested, says),
        f"/internships/{listing.id}#:~:text={quote(requested.name, safe='').replace('-', '%2D')}",
        named,
        list(_sessions(interest, conferences))[:MOST_SESSIONS],
        list(placements),
    )


def _asked(requested: RequestedTerm, says: Voice) -> str:
    if requested.kind == "topic" and requested.weight == FOUND_WEIGHT:
        return says.gettext(_FOUND)
    level = next((level for level in LEVELS if mastery_of_level(level) == requested.suffices), None)
    if requested.kind == "skill" and level and requested.suffices < 1.0:
        wanted = says.words.skill(requested.name, level)
        return says.gettext(translatable("The organization asks for this level or more: %(skill)s.")) % {"skill": wanted}
    return says.gettext(_ASKED[requested.kind])


def _sessions(interest: Interest, conferences: Mapping[str, Conference]) -> Iterator[SeenSession]:
    """The attended sessions, the last one first; those without a time come last."""
    found = []
    for attended, title in interest.sessions.items():
        conference = conferences.get(attended.conference_id)
        session = next((one for one in conference.sessions if one.id == attended.session_id), None) if conference else None
        name = one_line(conference.name, TITLE) if conference else ""
        starts, url = (session.starts, session.url) if session else (None, None)
        found.append(SeenSession(one_line(title, TITLE), name, starts, url))
    yield from sorted(found, key=lambda one: (one.starts is None, -one.starts.timestamp() if one.starts else 0.0, one.title))


def _names(ids: Collection[str], conferences: Mapping[str, Conference]) -> Iterator[str]:
    return (one_line(conferences[id].name, TITLE) for id in ids if id in conferences)
