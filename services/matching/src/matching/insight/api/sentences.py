"""The sentences of the insight page."""

from matching.insight.domain.figures import MOST_ROWS, Count, HostAnswers, Insight, Steps, Totals, at_most, share
from shared.contract.events.fields import Discipline


def count(people: Count) -> str:
    """A number of people as a table shows it."""
    return people if isinstance(people, str) else f"{people:,}"


def points(difference: float) -> str:
    """A difference of shares, in percentage points."""
    rounded = round(difference * 100)
    return f"+{rounded}" if rounded > 0 else f"\u2212{-rounded}" if rounded < 0 else "0"


def name(text: str) -> str:
    """A foreign text within a sentence, isolated so that right-to-left text does not reorder the rest."""
    return f"\u2068{text}\u2069"


def number(count: int, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many}"


def people(count: Count, *, first: bool = False) -> str:
    """A number of people, in a sentence."""
    words = "nobody" if count == 0 else "fewer than 3 people" if count == "<3" else f"{count:,} people"
    return words.capitalize() if first else words


def few(people: Count) -> str:
    """A number of people, in a sentence whose noun follows."""
    return "none" if people == 0 else "fewer than 3" if people == "<3" else f"{people:,}"


def discipline(field: Discipline) -> str:
    return "ICT" if field == "ict" else field.replace("-", " ").capitalize()


def lead(insight: Insight) -> str:
    totals = insight.totals
    here = "at " + name(insight.name) if insight.conference_id is not None else "at any conference"
    if not totals.attendees:
        return f"Nobody who was {here} has agreed to be matched yet. Figures come with the first attendees who do."
    offers = f"{number(totals.hosts, 'host offers', 'hosts offer')} {number(totals.listings, 'internship', 'internships')}"
    if not totals.listings:
        offers = "no host offers an internship yet"
    seats = f" with {number(totals.seats, 'seat', 'seats')}" if totals.listings else ""
    said = f"{people(totals.attendees, first=True)} agreed to be matched; {offers}{seats}."
    return said if totals.attendees != "<3" else f"{said} Results are shown from the third attendee on."


def way(totals: Totals, steps: Steps | None = None) -> str:
    if not totals.attendees:
        return "There is nothing to follow yet: attendance has to arrive first."
    came = ""
    if steps and steps.came is not None and steps.agreed is not None:
        came = f"{people(steps.came, first=True)} came, and {few(steps.agreed)} agreed to be matched. "
    said = [f"An internship is recommended to {_out_of(totals.matched, totals.attendees)} attendees"]
    if steps and steps.applied != 0:
        said.append(f"{_part(steps.applied, totals.attendees)} applied or ranked internships on a match day")
    said.append(f"{_part(totals.placed, totals.attendees)} have a seat" if totals.placed != 0 else "nobody has a seat yet")
    return f"{came}{', '.join(said[:-1])}, and {said[-1]}."


def skills(insight: Insight) -> str:
    totals = insight.totals
    if not totals.listings:
        return "No host offers an internship yet, so nothing is asked for."
    if not insight.skills:
        return "The internships name no skills. Hosts add them to a listing as `skills`."
    if not totals.attendees:
        return f"Internships ask for {number(totals.skills, 'skill', 'skills')}; there are no attendees yet who could have any."
    first = insight.skills[0]
    if first.gap <= 0:
        return "Every skill is at hand at least as often as it is asked for."
    asks = "asks" if first.listings == 1 else "ask"
    have = (
        f"none of {few(totals.attendees)} attendees has"
        if first.attendees == 0
        else f"{few(first.attendees)} of {few(totals.attendees)} attendees have"
    )
    asked = f"{first.listings:,} of {totals.listings:,} internships {asks} for it"
    return f"The scarcest is {name(first.name)}: {asked}, and {have} it."


def sessions(insight: Insight) -> str:
    if not insight.sessions:
        return "No session was about anything yet that a recommended internship asks for."
    were = (
        f"{number(insight.totals.sessions, 'session was', 'sessions were')} about something that recommended internships ask for."
    )
    most = max(insight.sessions, key=lambda session: (at_most(session.applied), at_most(session.placed)))
    if not most.applied:
        return f"{were} Nobody who was there has applied for one of these yet."
    led = f"{few(most.applied)} of the {few(most.attended)} who were there"
    return f"{were} “{name(most.title)}” led the most people to an application: {led}."


def fields(insight: Insight) -> str:
    totals = insight.totals
    if not insight.crossings:
        return (
            "Nothing to compare yet: it takes attendees who say what they studied, and internships recommended to them "
            "that say where they belong."
        )
    return (
        f"Of {people(totals.comparable)} whose field can be compared, {_part(totals.crossing, totals.comparable)} "
        "are recommended an internship outside their own."
    )


def hosts(insight: Insight) -> str:
    totals = insight.totals
    if not insight.hosts:
        return "No host offers an internship yet."
    offer = f"{number(totals.hosts, 'host offers', 'hosts offer')} {number(totals.seats, 'seat', 'seats')}"
    taken = f"{people(totals.placed)} have one" if totals.placed != 0 else "none is taken yet"
    others = len(insight.hosts) - totals.hosts
    if others <= 0:
        return f"{offer}; {taken}."
    return f"{offer}; {taken}. {'Another one has' if others == 1 else f'{others:,} others have'} no open internship."


def answered(answers: HostAnswers | None) -> str:
    """The share of applications that a host answered in time, as a table shows it."""
    return "\u2013" if answers is None or answers.rate is None else f"{answers.rate:.0%}"


def conferences(insight: Insight) -> str:
    if not insight.conferences:
        return "No conference is known yet."
    if len(insight.conferences) == MOST_ROWS:
        return f"The {MOST_ROWS} conferences that led furthest; each has a page of its own."
    return f"{number(len(insight.conferences), 'conference', 'conferences')}; each has a page of its own."


def _out_of(part: Count, whole: Count) -> str:
    return f"all {few(whole)}" if part == whole and part != "<3" else f"{_part(part, whole)} of {few(whole)}"


def _part(part: Count, whole: Count) -> str:
    """A number with its share, unless the share would reveal more than the number."""
    return few(part) if part in (0, "<3") or whole == "<3" else f"{few(part)} ({share(part, whole):.0%})"
