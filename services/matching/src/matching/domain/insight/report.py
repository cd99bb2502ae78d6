"""Tallies in, figures out."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from matching.domain.conferences import Conference
from matching.domain.insight import figures
from matching.domain.insight.figures import MOST_ROWS, Count, Insight, Totals, at_most, share, shown
from matching.domain.insight.tallies import Scope, Tallies, host
from matching.domain.openings import Opening

ALL_CONFERENCES: Final = "All conferences"


def insights(tallies: Tallies) -> Iterator[Insight]:
    """The figures of all conferences together, then of each."""
    yield _insight(tallies, tallies.all, None)
    for conference in tallies.conferences.values():
        yield _insight(tallies, tallies.scopes[conference.id], conference)


def _insight(tallies: Tallies, scope: Scope, conference: Conference | None) -> Insight:
    sessions = _sessions(tallies, conference)
    return Insight(
        conference_id=conference.id if conference else None,
        name=conference.name if conference else ALL_CONFERENCES,
        as_of=tallies.now,
        totals=Totals(
            attendees=shown(scope.attendees),
            matched=shown(scope.matched.people),
            ranked=shown(scope.ranked.people),
            placed=shown(scope.placed.people),
            hosts=len({host(opening) for opening in scope.openings}),
            openings=len(scope.openings),
            seats=sum(map(tallies.seats, scope.openings)),
            skills=len(scope.asking),
            sessions=len(sessions),
            comparable=shown(scope.matched.comparable),
            crossing=shown(scope.matched.crossing),
        ),
        skills=_skills(scope)[:MOST_ROWS],
        sessions=sessions[:MOST_ROWS],
        crossings=_crossings(scope),
        hosts=_hosts(tallies, scope)[:MOST_ROWS],
        conferences=[] if conference else _compared(tallies)[:MOST_ROWS],
    )


def _skills(scope: Scope) -> list[figures.Skill]:
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for opening in scope.openings:
        for key, ask in opening.asks.items():
            written[key][ask.name] += 1
    attendees = shown(scope.attendees)
    rows = []
    for key, openings in scope.asking.items():
        count = shown(scope.held[key])
        asked, held = openings / len(scope.openings), share(count, attendees)
        name = min(written[key].items(), key=lambda one: (-one[1], one[0]))[0]  # as most hosts write it
        rows.append(figures.Skill(name=name, openings=openings, attendees=count, asked=asked, held=held, gap=asked - held))
    return sorted(rows, key=lambda row: (-row.gap, -row.openings, row.name))


def _sessions(tallies: Tallies, conference: Conference | None) -> list[figures.Session]:
    rows = [
        figures.Session(
            conference_id=session.conference_id,
            conference=tallies.conferences[session.conference_id].name,
            session_id=session.session_id,
            title=tallies.titles[session],
            attended=shown(tallies.attended[session]),
            matched=shown(tallies.matched[session]),
            placed=shown(tallies.placed[session]),
        )
        for session in tallies.matched.keys() | tallies.placed.keys()
        if session in tallies.titles and (conference is None or session.conference_id == conference.id)
    ]
    return sorted(rows, key=lambda row: (*_most(row.placed, row.matched), row.title, row.conference_id, row.session_id))


def _crossings(scope: Scope) -> list[figures.Crossing]:
    matched, placed = scope.matched.crossings, scope.placed.crossings
    return [
        figures.Crossing(attendees=own, openings=other, matched=shown(matched[own, other]), placed=shown(placed[own, other]))
        for own, other in sorted(matched.keys() | placed.keys())
    ]


def _hosts(tallies: Tallies, scope: Scope) -> list[figures.Host]:
    openings: dict[str, list[Opening]] = defaultdict(list)
    for opening in scope.openings:
        openings[host(opening)].append(opening)
    names = {host(opening): opening.organization for opening in tallies.openings.values()}
    stages = scope.matched.hosts, scope.ranked.hosts, scope.placed.hosts
    rows = [
        figures.Host(
            organization_id=id,
            name=names[id],
            openings=len(openings[id]),
            seats=sum(map(tallies.seats, openings[id])),
            recommended=shown(stages[0][id]),
            ranked=shown(stages[1][id]),
            placed=shown(stages[2][id]),
        )
        for id in set(openings).union(*stages)
    ]
    return sorted(rows, key=lambda row: (*_most(row.placed, row.ranked, row.recommended), row.name, row.organization_id))


def _compared(tallies: Tallies) -> list[figures.Conference]:
    rows = [
        figures.Conference(
            conference_id=conference.id,
            name=conference.name,
            attendees=shown(scope.attendees),
            matched=shown(scope.matched.people),
            placed=shown(scope.placed.people),
        )
        for conference, scope in zip(tallies.conferences.values(), tallies.scopes.values(), strict=True)
    ]
    return sorted(rows, key=lambda row: (*_most(row.placed, row.matched), row.name, row.conference_id))


def _most(*counts: Count) -> tuple[int, ...]:
    """For sorting: the most first, by what is shown, as the order must not tell more than the numbers."""
    return tuple(-at_most(count) for count in counts)
