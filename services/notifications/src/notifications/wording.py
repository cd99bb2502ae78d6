"""Reasons of a match in words (English): the strongest first, those that share their evidence in one sentence."""

from collections.abc import Iterable, Iterator
from typing import Final

from shared.events.matching import Match, Reason

MOST_SENTENCES: Final = 3
_NUMBERS: Final = {1: "one", 2: "two", 3: "three"}
_OF_TERMS: Final = ("skill", "topic", "research")
_OTHERS: Final = ("met", "conference", "discipline")
_RARE: Final = "in short supply"
_DISCIPLINES: Final = {"ict": "information technology"}
"""Those whose name is not the word for it."""


def reasons_in_words(match: Match, most: int = MOST_SENTENCES) -> list[str]:
    """Why the attendee and the listing match, as sentences without a full stop. A kind that is not known here is left out."""
    rare = _rarest(match.reasons)
    groups: dict[tuple[str, str], list[Reason]] = {}
    for reason in _each_term_once(match.reasons):
        groups.setdefault(_evidence(reason), []).append(reason)
    # Sessions that taught the same are told together: You attended “A” and “B”; this project uses Python.
    titles: dict[str, list[str]] = {}
    weights: dict[str, float] = {}
    sentences: dict[str, float] = {}
    for (evidence, about), reasons in groups.items():
        weight = sum(reason.contribution for reason in reasons)
        if evidence == "session":
            project = _project(reasons, rare)
            titles.setdefault(project, []).append(about)
            weights[project] = weights.get(project, 0.0) + weight
        else:
            sentences[_sentence(evidence, about, reasons, rare)] = weight
    for project, attended in titles.items():
        told = f"You attended {enumerated(f'“{title}”' for title in attended)}; this project {project}"
        sentences[told] = weights[project]
    return sorted(sentences, key=lambda sentence: -sentences[sentence])[:most]


def _each_term_once(reasons: list[Reason]) -> Iterator[Reason]:
    """The reasons that are told. What several say of one term is told by a session where there is one, else by the strongest."""
    told: dict[str, Reason] = {}
    for reason in sorted(reasons, key=lambda reason: (reason.session_title is None, -reason.contribution)):
        if reason.kind in _OTHERS:
            yield reason
        elif reason.kind in _OF_TERMS and reason.term:
            first = told.setdefault(reason.term.casefold(), reason)
            if reason is first or (reason.kind == first.kind and reason.session_title):
                yield reason


def _rarest(reasons: list[Reason]) -> str:
    """The skill that adds most by being in demand, "" where none does."""
    return max(
        ((reason.contribution, reason.term) for reason in reasons if reason.kind == "demand" and reason.term),
        default=(0.0, ""),
    )[1]


def _evidence(reason: Reason) -> tuple[str, str]:
    if reason.kind in _OTHERS:
        return reason.kind, ""
    if reason.session_title:
        return "session", reason.session_title
    return ("declared", reason.kind) if reason.declared else ("term", "")


def _sentence(evidence: str, about: str, reasons: list[Reason], rare: str) -> str:
    match evidence:
        case "met":
            return f"You met {_NUMBERS.get(len(reasons), str(len(reasons)))} of its mentors"
        case "conference":
            return "Its organization takes part in a conference you attended"
        case "discipline":
            names = (_DISCIPLINES.get(reason.term, reason.term.replace("-", " ")) for reason in reasons if reason.term)
            return f"It looks for people of your discipline, {enumerated(names)}"
        case "declared":
            return _declared(about, _terms(reasons, about), rare)
    return f"This project {_project(reasons, rare)}"


def _declared(kind: str, terms: list[str], rare: str) -> str:
    among = "skills" if kind == "skill" else "interests"
    them = "it" if len(terms) == 1 else "them"
    project = {"skill": f"uses {them}", "topic": f"is about {them}", "research": f"does research that involves {them}"}[kind]
    if kind == "skill" and rare in terms:
        project += f", and {'it' if len(terms) == 1 else rare} is {_RARE}"
    return f"You named {enumerated(terms)} among your {among}; this project {project}"


def _project(reasons: list[Reason], rare: str) -> str:
    skills, topics, research = (_terms(reasons, kind) for kind in _OF_TERMS)
    uses = f"uses {enumerated(skills)}" if skills else ""
    if rare in skills:
        others = [skill for skill in skills if skill != rare]
        uses = f"uses {enumerated([*others, rare])}, which is {_RARE}{',' if topics or research else ''}"
    parts = [
        uses,
        f"is about {enumerated(topics)}" if topics else "",
        f"does research that involves {enumerated(research)}" if research else "",
    ]
    return enumerated(part for part in parts if part)


def _terms(reasons: list[Reason], kind: str) -> list[str]:
    strongest = sorted((reason for reason in reasons if reason.kind == kind and reason.term), key=lambda one: -one.contribution)
    return list(dict.fromkeys(reason.term for reason in strongest if reason.term))


def enumerated(items: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


def subject(new_titles: list[str]) -> str:
    """The subject of a mail that tells of these new listings, best first: one line of bounded length."""
    first = shortened(new_titles[0], 70)
    if len(new_titles) == 1:
        return f"An internship for you: {first}"
    return f"{len(new_titles)} internships for you: {first} and {len(new_titles) - 1} more"


def opening(new: int, total: int) -> str:
    """The first sentence of a mail about this many matches, so many of them new."""
    if new == total:
        return "An internship matches you:" if total == 1 else f"{total} internships match you:"
    return f"{new} of your {total} best matches {'is' if new == 1 else 'are'} new:"


def shortened(text: str, most: int) -> str:
    """The text in one line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
