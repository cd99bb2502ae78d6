"""Turns the counts of a funnel into rows. Groups of one or two people get none, except that all people together always do."""

from collections import Counter
from collections.abc import Iterable

from matching.insight.domain.figures import MOST_ROWS, Count, FunnelRow, HostAnswers, Steps, largest_first, shown
from matching.insight.domain.funnel import STAGES, Stage
from matching.insight.domain.tallies import Scope, Tallies
from matching.insight.domain.turnout import Turnout
from matching.model.conferences import Conference


def funnel_rows(tallies: Tallies, conference: Conference | None, scope: Scope) -> list[FunnelRow]:
    """The rows of a conference, or (None) of all together."""
    return [
        _all(tallies, conference, scope),
        *_disciplines(scope),
        *_hosts(tallies, scope),
        *_sessions(tallies, conference),
    ]


def _all(tallies: Tallies, conference: Conference | None, scope: Scope) -> FunnelRow:
    # The number who came to any conference is unknown: somebody may have been at several.
    turnout = tallies.turnouts.get(conference.id) if conference else None
    agreed = turnout.consented if turnout else scope.attendees
    came = shown(turnout.attended) if turnout else None
    return FunnelRow(
        by="all",
        id="",
        conference_id=None,
        name=conference.name if conference else "All conferences",
        steps=_steps(came, shown(agreed), scope.funnel.people),
    )


def _disciplines(scope: Scope) -> Iterable[FunnelRow]:
    for discipline, counts in sorted(scope.funnel.disciplines.items()):
        agreed = shown(scope.fields[discipline])
        if agreed != "<3":
            steps = _steps(None, agreed, counts)
            yield FunnelRow(by="discipline", id=discipline, conference_id=None, name=discipline, steps=steps)


def _hosts(tallies: Tallies, scope: Scope) -> list[FunnelRow]:
    rows = [
        FunnelRow(
            by="host",
            id=id,
            conference_id=None,
            name=tallies.hosts[id],
            steps=_steps(None, None, counts),
            answers=HostAnswers.of(scope.funnel.answered[id], scope.funnel.unanswered[id]),
        )
        for id, counts in scope.funnel.hosts.items()
    ]
    return _furthest(rows)


def _sessions(tallies: Tallies, conference: Conference | None) -> list[FunnelRow]:
    rows = []
    for session, counts in tallies.session_stages.items():
        if conference and session.conference_id != conference.id:
            continue
        if session not in tallies.titles or shown(tallies.attended[session]) == "<3":
            continue
        came = tallies.turnouts.get(session.conference_id, Turnout()).sessions.get(session.session_id)
        steps = _steps(None if came is None else shown(came), shown(tallies.attended[session]), counts)
        name = tallies.titles[session]
        rows.append(FunnelRow(by="session", id=session.session_id, conference_id=session.conference_id, name=name, steps=steps))
    return _furthest(rows)


def _steps(came: Count | None, agreed: Count | None, counts: Counter[Stage]) -> Steps:
    return Steps(came=came, agreed=agreed, **{stage: shown(counts[stage]) for stage in STAGES})


def _furthest(rows: list[FunnelRow]) -> list[FunnelRow]:
    """The rows that led furthest first, at most ``MOST_ROWS``."""

    def order(row: FunnelRow) -> tuple[object, ...]:
        counts = [getattr(row.steps, stage) for stage in reversed(STAGES)]
        return (*largest_first(*counts), row.name, row.conference_id or "", row.id)

    return sorted(rows, key=order)[:MOST_ROWS]
