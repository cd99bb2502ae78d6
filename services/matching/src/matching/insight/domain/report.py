"""Turns tallies into figures.

A group of one or two people is only shown as such. There is no row about a session or a field of so few, and no ranking of a
conference of so few, because somebody who knows that a person was there could learn more about them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from heapq import nsmallest
from typing import Final

from matching.insight.domain import figures
from matching.insight.domain.figures import MOST_ROWS, HostAnswers, Insight, Totals, largest_first, share, shown
from matching.insight.domain.funnel_report import funnel_rows
from matching.insight.domain.tallies import Scope, Tallies, host, skills
from matching.model.conferences import Conference
from matching.model.listings import Listing

ALL_CONFERENCES: Final = "All conferences"


def insights(tallies: Tallies) -> Iterator[Insight]:
    """The figures of all conferences together, then of each."""
    names = _names(tallies)
    sessions = _sessions(tallies)
    by_conference: dict[str, list[figures.SessionFigures]] = defaultdict(list)
    for session in sessions:
        by_conference[session.conference_id].append(session)
    yield _insight(tallies, None, tallies.all, names, sessions)
    for id, conference in tallies.conferences.items():
        yield _insight(tallies, conference, tallies.scopes[id], names, by_conference[id])


def _insight(
    tallies: Tallies,
    conference: Conference | None,
    scope: Scope,
    names: Mapping[str, str],
    sessions: list[figures.SessionFigures],
) -> Insight:
    listings = tallies.offered(conference.id if conference else None)
    asking = Counter(key for listing in listings for key in skills(listing))
    large_enough = shown(scope.attendees) != "<3"
    return Insight(
        conference_id=conference.id if conference else None,
        name=conference.name if conference else ALL_CONFERENCES,
        as_of=tallies.now,
        totals=Totals(
            attendees=shown(scope.attendees),
            matched=shown(scope.matched.people),
            ranked=shown(scope.ranked.people),
            placed=shown(scope.placed.people),
            hosts=len({host(listing) for listing in listings}),
            listings=len(listings),
            seats=sum(map(tallies.seats, listings)),
            skills=len(asking),
            sessions=len(sessions) if large_enough else 0,
            comparable=shown(scope.matched.comparable),
            crossing=shown(scope.matched.crossing),
        ),
        skills=_skills(scope, asking, len(listings), names) if large_enough else [],
        sessions=sessions[:MOST_ROWS] if large_enough else [],
        crossings=_crossings(scope) if large_enough else [],
        hosts=_hosts(tallies, scope, listings)[:MOST_ROWS] if large_enough else [],
        funnel=funnel_rows(tallies, conference, scope) if large_enough else [],
        conferences=[] if conference else _conference_figures(tallies)[:MOST_ROWS],
    )


def _names(tallies: Tallies) -> dict[str, str]:
    """How most listings write each skill, by its key."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for listing in tallies.offered(None):
        for key in skills(listing):
            written[key][listing.requested_terms[key].name] += 1
    return {key: min(names.items(), key=lambda one: (-one[1], one[0]))[0] for key, names in written.items()}


def _skills(scope: Scope, asking: Mapping[str, int], listings: int, names: Mapping[str, str]) -> list[figures.Skill]:
    attendees = shown(scope.attendees)
    ranked = []
    for key, asked_by in asking.items():
        count = shown(scope.held[key])
        asked, held = asked_by / listings, share(count, attendees)
        ranked.append((held - asked, -asked_by, names[key], key, count, asked, held))
    return [
        figures.Skill(name=name, listings=-asked_by, attendees=count, asked=asked, held=held, gap=-surplus)
        for surplus, asked_by, name, _, count, asked, held in nsmallest(MOST_ROWS, ranked, key=lambda row: row[:4])
    ]


def _sessions(tallies: Tallies) -> list[figures.SessionFigures]:
    rows = [
        figures.SessionFigures(
            conference_id=session.conference_id,
            conference=tallies.conferences[session.conference_id].name,
            session_id=session.session_id,
            title=tallies.titles[session],
            attended=shown(tallies.attended[session]),
            matched=shown(tallies.matched[session]),
            applied=shown(tallies.session_stages.get(session, Counter())["applied"]),
            placed=shown(tallies.placed[session]),
        )
        for session in tallies.matched.keys() | tallies.placed.keys()
        if session in tallies.titles and shown(tallies.attended[session]) != "<3"
    ]

    def order(row: figures.SessionFigures) -> tuple[object, ...]:
        return (*largest_first(row.placed, row.applied, row.matched), row.title, row.conference_id, row.session_id)

    return sorted(rows, key=order)


def _crossings(scope: Scope) -> list[figures.Crossing]:
    matched, placed = scope.matched.crossings, scope.placed.crossings
    return [
        figures.Crossing(attendees=own, listings=other, matched=shown(matched[own, other]), placed=shown(placed[own, other]))
        for own, other in sorted(matched.keys() | placed.keys())
        if shown(scope.fields[own]) != "<3"
    ]


def _hosts(tallies: Tallies, scope: Scope, offered: list[Listing]) -> list[figures.HostFigures]:
    listings: dict[str, list[Listing]] = defaultdict(list)
    for listing in offered:
        listings[host(listing)].append(listing)
    stages = scope.matched.hosts, scope.ranked.hosts, scope.placed.hosts
    rows = [
        figures.HostFigures(
            organization_id=id,
            name=tallies.hosts[id],
            listings=len(listings[id]),
            seats=sum(map(tallies.seats, listings[id])),
            recommended=shown(stages[0][id]),
            applied=shown(scope.funnel.hosts.get(id, Counter())["applied"]),
            ranked=shown(stages[1][id]),
            placed=shown(stages[2][id]),
            answers=HostAnswers.of(scope.funnel.answered[id], scope.funnel.unanswered[id]),
        )
        for id in set(listings).union(*stages)
    ]
    return sorted(rows, key=lambda row: (*largest_first(row.placed, row.applied, row.recommended), row.name, row.organization_id))


def _conference_figures(tallies: Tallies) -> list[figures.ConferenceFigures]:
    rows = [
        figures.ConferenceFigures(
            conference_id=conference.id,
            name=conference.name,
            attendees=shown(scope.attendees),
            matched=shown(scope.matched.people),
            applied=shown(scope.funnel.people["applied"]),
            placed=shown(scope.placed.people),
        )
        for conference, scope in zip(tallies.conferences.values(), tallies.scopes.values(), strict=True)
    ]
    return sorted(rows, key=lambda row: (*largest_first(row.placed, row.applied, row.matched), row.name, row.conference_id))
