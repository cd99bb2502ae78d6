"""The sentences of the page of insight."""

from matching.domain.insight.figures import Count, Insight, Totals, at_most, share
from shared.events.fields import Discipline


def count(people: Count) -> str:
    """In a table."""
    return people if isinstance(people, str) else f"{people:,}"


def number(count: int, one: str, many: str) -> str:
    """So many of something."""
    return f"{count:,} {one if count == 1 else many}"


def people(count: Count, *, first: bool = False) -> str:
    """So many people, in a sentence."""
    words = "nobody" if count == 0 else "fewer than 3 people" if count == "<3" else f"{count:,} people"
    return words.capitalize() if first else words


def few(people: Count) -> str:
    """A number of people in a sentence that says who they are."""
    return "fewer than 3" if people == "<3" else f"{people:,}"


def discipline(field: Discipline) -> str:
    return "ICT" if field == "ict" else field.replace("-", " ").capitalize()


def lead(insight: Insight) -> str:
    totals = insight.totals
    here = "at " + insight.name if insight.conference_id is not None else "at any conference"
    if not totals.attendees:
        return f"Nobody who was {here} has agreed to be matched yet. Figures come with the first attendees who do."
    offers = f"{number(totals.hosts, 'host offers', 'hosts offer')} {number(totals.openings, 'internship', 'internships')}"
    if not totals.openings:
        offers = "no host offers an internship yet"
    seats = f" with {number(totals.seats, 'seat', 'seats')}" if totals.openings else ""
    return f"{people(totals.attendees, first=True)} agreed to be matched; {offers}{seats}."


def way(totals: Totals) -> str:
    if not totals.attendees:
        return "There is nothing to follow yet: attendance has to arrive first."
    said = [f"An internship is recommended to {people(totals.matched)}{_of(totals.matched, totals.attendees)}."]
    if totals.ranked != 0:
        said.append(f"{people(totals.ranked, first=True)} ranked internships for a match day.")
    if totals.placed == 0:
        said.append("Nobody has a seat yet.")
    else:
        said.append(f"{people(totals.placed, first=True)} have a seat{_of(totals.placed, totals.attendees)}.")
    return " ".join(said)


def skills(insight: Insight) -> str:
    totals = insight.totals
    if not totals.openings:
        return "No host offers an internship yet, so nothing is asked for."
    if not insight.skills:
        return "The internships name no skills. Hosts add them to a listing as `skills`."
    if not totals.attendees:
        return f"Internships ask for {number(totals.skills, 'skill', 'skills')}; there are no attendees yet who could have any."
    first = insight.skills[0]
    if first.gap <= 0:
        return "Every skill is at hand at least as often as it is asked for."
    asks = "asks" if first.openings == 1 else "ask"
    have = (
        f"none of {few(totals.attendees)} attendees has"
        if first.attendees == 0
        else f"{few(first.attendees)} of {few(totals.attendees)} attendees have"
    )
    return f"The scarcest is {first.name}: {first.openings:,} of {totals.openings:,} internships {asks} for it, and {have} it."


def sessions(insight: Insight) -> str:
    if not insight.sessions:
        return "No session was about anything yet that a recommended internship asks for."
    most = max(insight.sessions, key=lambda session: at_most(session.matched))
    were = (
        f"{number(insight.totals.sessions, 'session was', 'sessions were')} about something that recommended internships ask for."
    )
    return (
        f"{were} “{most.title}” led the most people to a match: {few(most.matched)} of the {few(most.attended)} who were there."
    )


def fields(insight: Insight) -> str:
    totals = insight.totals
    if not insight.crossings:
        return (
            "Nothing to compare yet: it takes attendees who say what they studied, and internships recommended to them "
            "that say where they belong."
        )
    are = "is" if totals.crossing == 0 else "are"
    compared = _of(totals.crossing, totals.comparable, "whose field can be compared")
    return f"{people(totals.crossing, first=True)} {are} recommended an internship outside their own field{compared}."


def hosts(insight: Insight) -> str:
    totals = insight.totals
    if not insight.hosts:
        return "No host offers an internship yet."
    offer = f"{number(totals.hosts, 'host offers', 'hosts offer')} {number(totals.seats, 'seat', 'seats')}"
    if totals.placed == 0:
        return f"{offer}; none is taken yet."
    return f"{offer}; {people(totals.placed)} have one."


def conferences(insight: Insight) -> str:
    if not insight.conferences:
        return "No conference is known yet."
    return f"{number(len(insight.conferences), 'conference', 'conferences')}; each has a page of its own."


def _of(part: Count, whole: Count, whom: str = "") -> str:
    """In brackets, of how many that is a part."""
    if not at_most(part) or not at_most(whole):
        return ""
    if part == "<3" or whole == "<3":
        return f" (of {count(whole)}{' ' + whom if whom else ''})"
    return f" ({share(part, whole):.0%} of {f'the {count(whole)} {whom}' if whom else 'them'})"
