"""The sections of the insight page: each has a sentence, a chart, and the table that the chart is drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import quote

from matching.insight.api import sentences as words
from matching.insight.domain.figures import MOST_ROWS, SMALLEST_GROUP, Count, Insight, at_most, share


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. One with a ``value`` can be drawn."""

    text: str
    value: float | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A section. ``columns``: those that begin with ``+`` are drawn; ``chart``: ``bars`` or ``matrix``."""

    id: str
    title: str
    says: str
    about: str
    """The caption of chart and table."""
    columns: Sequence[str]
    rows: list[list[Cell]] = field(default_factory=list)
    chart: str = "bars"
    more: str = ""
    top: int = 10
    """How many rows are drawn."""

    def telling(self) -> Self:
        """The section without bars that say nothing: those that nobody reached, and those that repeat the first ones row by row.

        Where fewer than two kinds are left of several, or a single kind has the same value everywhere, nothing is drawn.
        """
        if self.chart != "bars":
            return self
        drawn = [place for place, column in enumerate(self.columns) if column.startswith("+")]
        kept: list[int] = []
        for place in drawn:
            bars = self._bars(place)
            if any(bar != "0" for bar in bars) and not (kept and bars == self._bars(kept[0])):
                kept.append(place)
        if len(kept) < min(2, len(drawn)) or (len(drawn) == 1 and len({bar for bar in self._bars(drawn[0]) if bar != "0"}) < 2):
            kept = []
        columns = [
            column.removeprefix("+") if column.startswith("+") and place not in kept else column
            for place, column in enumerate(self.columns)
        ]
        return replace(self, columns=columns)

    def _bars(self, place: int) -> list[str]:
        return [row[place].text for row in self.rows[: self.top]]

    @property
    def drawn(self) -> bool:
        """Whether there is something to draw."""
        return any(column.startswith("+") for column in self.columns)


def sections(root: str, insight: Insight) -> list[Section]:
    """All sections of the page. ``root``: the path prefix of the service."""
    found = [] if insight.conference_id is not None else [_conferences(root, insight)]
    if insight.totals.attendees != "<3":
        found = [_stages(insight), *found, _skills(insight), _sessions(insight), _fields(insight), _hosts(insight)]
    return [section.telling() for section in found]


_STEPS: Final[Sequence[tuple[str, str]]] = (
    ("came", "Came"),
    ("agreed", "Agreed to be matched"),
    ("recommended", "Recommended to"),
    ("opened", "Looked at an application"),
    ("applied", "Applied or ranked"),
    ("interviewed", "Interviewed"),
    ("offered", "Offered a seat"),
    ("accepted", "Accepted"),
    ("started", "Started"),
    ("completed", "Completed"),
    ("hired", "Hired"),
)
"""The fields of ``figures.Steps`` as the page names them."""


def _stages(insight: Insight) -> Section:
    steps = next((row.steps for row in insight.funnel if row.by == "all"), None)
    counts = [(name, getattr(steps, field)) for field, name in _STEPS] if steps else []
    whole = steps.agreed if steps else None
    return Section(
        id="way",
        title="From attendance to a hire",
        says=words.way(insight.totals, steps),
        about="People at each stage",
        columns=("Stage", "+People", "Of those who agreed"),
        rows=[
            [Cell(name), _count(people), Cell("") if name == "Came" else _part(people, whole)]
            for name, people in counts
            if whole and people is not None
        ],
    )


def _conferences(root: str, insight: Insight) -> Section:
    return Section(
        id="conferences",
        title="Conference by conference",
        says=words.conferences(insight),
        about="Conferences and their people",
        columns=("Conference", "+Attendees", "Matched", "+Applied or ranked", "+Placed"),
        rows=[
            [
                Cell(one.name, href=f"{root}/conferences/{quote(one.conference_id)}/insight/page"),
                _count(one.attendees),
                _count(one.matched),
                _count(one.applied),
                _count(one.placed),
            ]
            for one in insight.conferences
        ],
    )


def _skills(insight: Insight) -> Section:
    return Section(
        id="skills",
        title="Skills asked for, and skills at hand",
        says=words.skills(insight),
        about="Skills, the scarcest first",
        columns=("Skill", "+Internships that ask for it", "+Attendees who have it", "Gap (points)", "Internships", "Attendees"),
        rows=[
            [
                Cell(skill.name),
                Cell(f"{skill.asked:.0%}", round(skill.asked, 4)),
                _part(skill.attendees, insight.totals.attendees),
                Cell(("≥ " if skill.attendees == "<3" else "") + words.points(skill.gap)),
                Cell(f"{skill.listings:,}"),
                Cell(words.count(skill.attendees)),
            ]
            for skill in insight.skills
        ],
        more=_more(insight.totals.skills, "skills"),
    )


def _sessions(insight: Insight) -> Section:
    many = insight.conference_id is None
    return Section(
        id="sessions",
        title="Sessions that led somewhere",
        says=words.sessions(insight),
        about="Sessions and the people they led somewhere",
        columns=(
            "Session",
            "+Attended",
            "Matched through it",
            "+Applied through it",
            "+Placed through it",
            *(("Conference",) if many else ()),
        ),
        rows=[
            [
                Cell(session.title),
                _count(session.attended),
                _count(session.matched),
                _count(session.applied),
                _count(session.placed),
                *([Cell(session.conference)] if many else []),
            ]
            for session in insight.sessions
        ],
        more=_more(insight.totals.sessions, "sessions"),
    )


def _fields(insight: Insight) -> Section:
    return Section(
        id="fields",
        title="Across fields",
        says=words.fields(insight),
        about="People by their field and that of internships",
        chart="matrix",
        columns=("Attendees of", "Internships of", "+People matched", "Placed"),
        rows=[
            [
                Cell(words.discipline(crossing.attendees)),
                Cell(words.discipline(crossing.listings)),
                _count(crossing.matched),
                _count(crossing.placed),
            ]
            for crossing in insight.crossings
        ],
    )


def _hosts(insight: Insight) -> Section:
    return Section(
        id="hosts",
        title="How far hosts came",
        says=words.hosts(insight),
        about="Hosts and the people their internships reached",
        columns=("Host", "Internships", "Seats", "+Recommended to", "+Applied or ranked", "+Placed", "Answered in time"),
        rows=[
            [
                Cell(host.name),
                Cell(f"{host.listings:,}"),
                Cell(f"{host.seats:,}"),
                _count(host.recommended),
                _count(host.applied),
                _count(host.placed),
                Cell(words.answered(host.answers)),
            ]
            for host in insight.hosts
        ],
        more=f"The table has the first {MOST_ROWS:,} hosts." if len(insight.hosts) == MOST_ROWS else "",
    )


def _count(people: Count) -> Cell:
    return Cell(words.count(people), None if people == "<3" else people)


def _part(people: Count, whole: Count) -> Cell:
    """A share as a cell. For one or two people it only says that the share is below that of three."""
    if people == "<3":
        return Cell(f"<{min(1.0, SMALLEST_GROUP / max(SMALLEST_GROUP, at_most(whole))):.0%}")
    part = share(people, whole)
    return Cell(f"{part:.0%}", round(part, 4))


def _more(in_all: int, what: str) -> str:
    return f"The table has the first {MOST_ROWS:,} of {in_all:,} {what}." if in_all > MOST_ROWS else ""
