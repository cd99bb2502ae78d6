"""The sections of the insight page: each has a sentence, a chart, and the table that the chart is drawn from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from gettext import NullTranslations
from typing import Final, Self
from urllib.parse import quote

from matching.insight.api import sentences as words
from matching.insight.api.sentences import Sentences
from matching.insight.domain.figures import MOST_ROWS, SMALLEST_GROUP, Count, Insight, at_most, share
from shared.wording.languages import translatable


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
        """The section without uninformative bars: those that nobody reached, and those that repeat the first ones row by row.

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
        """Whether there is anything to draw."""
        return any(column.startswith("+") for column in self.columns)


def sections(root: str, insight: Insight, texts: NullTranslations = words.ENGLISH) -> list[Section]:
    """All sections of the page. ``root``: the path prefix of the service."""
    gettext, says = texts.gettext, Sentences(texts)
    found = [] if insight.conference_id is not None else [_conferences(root, insight, says)]
    if insight.totals.attendees != "<3":
        stages = _stages(insight, says, gettext)
        found = [
            stages,
            *found,
            _skills(insight, says, gettext),
            _sessions(insight, says, gettext),
            _fields(insight, says),
            _hosts(insight, says, gettext),
        ]
    return [_translated(section, gettext).telling() for section in found]


def _drawn(column: str) -> str:
    """The column as one that is drawn."""
    return f"+{column}"


def _translated(section: Section, gettext: Callable[[str], str]) -> Section:
    """The section with the title, and the names of chart and columns, in a language."""
    columns = [f"+{gettext(one[1:])}" if one.startswith("+") else gettext(one) for one in section.columns]
    return replace(section, title=gettext(section.title), about=gettext(section.about), columns=columns)


_STEPS: Final[Sequence[tuple[str, str]]] = (
    ("came", translatable("Came")),
    ("agreed", translatable("Agreed to be matched")),
    ("recommended", translatable("Recommended to")),
    ("opened", translatable("Looked at an application")),
    ("applied", translatable("Applied or ranked")),
    ("interviewed", translatable("Interviewed")),
    ("offered", translatable("Offered a seat")),
    ("accepted", translatable("Accepted")),
    ("started", translatable("Started")),
    ("completed", translatable("Completed")),
    ("hired", translatable("Hired")),
)
"""The fields of ``figures.Steps`` as the page names them."""


def _stages(insight: Insight, says: Sentences, gettext: Callable[[str], str]) -> Section:
    steps = next((row.steps for row in insight.funnel if row.by == "all"), None)
    counts = [(field, name, getattr(steps, field)) for field, name in _STEPS] if steps else []
    whole = steps.agreed if steps else None
    return Section(
        id="way",
        title=translatable("From attendance to a hire"),
        says=says.way(insight.totals, steps),
        about=translatable("People at each stage"),
        columns=(translatable("Stage"), _drawn(translatable("People")), translatable("Of those who agreed")),
        rows=[
            [Cell(gettext(name)), _count(people), Cell("") if field == "came" else _part(people, whole)]
            for field, name, people in counts
            if whole and people is not None
        ],
    )


def _conferences(root: str, insight: Insight, says: Sentences) -> Section:
    return Section(
        id="conferences",
        title=translatable("Conference by conference"),
        says=says.conferences(insight),
        about=translatable("Conferences and their people"),
        columns=(
            translatable("Conference"),
            _drawn(translatable("Attendees")),
            translatable("Matched"),
            _drawn(translatable("Applied or ranked")),
            _drawn(translatable("Placed")),
        ),
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


def _skills(insight: Insight, says: Sentences, gettext: Callable[[str], str]) -> Section:
    return Section(
        id="skills",
        title=translatable("Skills asked for, and skills at hand"),
        says=says.skills(insight),
        about=translatable("Skills, the scarcest first"),
        columns=(
            translatable("Skill"),
            _drawn(translatable("Internships that ask for it")),
            _drawn(translatable("Attendees who have it")),
            translatable("Gap (points)"),
            translatable("Internships"),
            translatable("Attendees"),
        ),
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
        more=_more(insight.totals.skills, gettext("The table has the first %(count)s of %(all)s skills.")),
    )


def _sessions(insight: Insight, says: Sentences, gettext: Callable[[str], str]) -> Section:
    many = insight.conference_id is None
    return Section(
        id="sessions",
        title=translatable("Sessions that led somewhere"),
        says=says.sessions(insight),
        about=translatable("Sessions and the people they led somewhere"),
        columns=(
            translatable("Session"),
            _drawn(translatable("Attended")),
            translatable("Matched through it"),
            _drawn(translatable("Applied through it")),
            _drawn(translatable("Placed through it")),
            *((translatable("Conference"),) if many else ()),
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
        more=_more(insight.totals.sessions, gettext("The table has the first %(count)s of %(all)s sessions.")),
    )


def _fields(insight: Insight, says: Sentences) -> Section:
    return Section(
        id="fields",
        title=translatable("Across fields"),
        says=says.fields(insight),
        about=translatable("People by their field and that of internships"),
        chart="matrix",
        columns=(
            translatable("Attendees of"),
            translatable("Internships of"),
            _drawn(translatable("People matched")),
            translatable("Placed"),
        ),
        rows=[
            [
                Cell(says.discipline(crossing.attendees)),
                Cell(says.discipline(crossing.listings)),
                _count(crossing.matched),
                _count(crossing.placed),
            ]
            for crossing in insight.crossings
        ],
    )


def _hosts(insight: Insight, says: Sentences, gettext: Callable[[str], str]) -> Section:
    return Section(
        id="hosts",
        title=translatable("How far applications to hosts got"),
        says=says.hosts(insight),
        about=translatable("Hosts and the people their internships reached"),
        columns=(
            translatable("Host"),
            translatable("Internships"),
            translatable("Seats"),
            _drawn(translatable("Recommended to")),
            _drawn(translatable("Applied or ranked")),
            _drawn(translatable("Placed")),
            translatable("Answered in time"),
        ),
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
        more=gettext("The table has the first %(count)s hosts.") % {"count": f"{MOST_ROWS:,}"}
        if len(insight.hosts) == MOST_ROWS
        else "",
    )


def _count(people: Count) -> Cell:
    return Cell(words.count(people), None if people == "<3" else people)


def _part(people: Count, whole: Count) -> Cell:
    """A share as a cell. For one or two people it only says that the share is below that of three."""
    if people == "<3":
        return Cell(f"<{min(1.0, SMALLEST_GROUP / max(SMALLEST_GROUP, at_most(whole))):.0%}")
    part = share(people, whole)
    return Cell(f"{part:.0%}", round(part, 4))


def _more(in_all: int, text: str) -> str:
    return text % {"count": f"{MOST_ROWS:,}", "all": f"{in_all:,}"} if in_all > MOST_ROWS else ""
