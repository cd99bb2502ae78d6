"""Reasons of a match in words (English): the strongest first, those that share their evidence in one sentence."""

from collections.abc import Iterable
from typing import Final

from shared.events.matching import Match, Reason

MOST_SENTENCES: Final = 3
_NUMBERS: Final = {1: "one", 2: "two", 3: "three"}


def reasons_in_words(match: Match, most: int = MOST_SENTENCES) -> list[str]:
    """Why the attendee and the listing match, as sentences without a full stop."""
    groups: dict[tuple[str, str], list[Reason]] = {}
    for reason in match.reasons:
        groups.setdefault(_evidence(reason), []).append(reason)
    # Sessions that taught the same are told together: You attended “A” and “B”; this project uses Python.
    sentences: dict[tuple[str, str], tuple[list[str], float]] = {}
    for (kind, title), reasons in groups.items():
        key = (kind, _project(reasons)) if kind == "session" else (kind, "")
        titles, weight = sentences.setdefault(key, ([], 0.0))
        titles.append(title)
        sentences[key] = (titles, weight + sum(reason.contribution for reason in reasons))
    strongest = sorted(sentences, key=lambda key: -sentences[key][1])[:most]
    return [_sentence(kind, project, sentences[kind, project][0], groups) for kind, project in strongest]


def _evidence(reason: Reason) -> tuple[str, str]:
    if reason.kind in ("met", "conference"):
        return reason.kind, ""
    if reason.session_title:
        return "session", reason.session_title
    return ("declared", "") if reason.declared else ("term", "")


def _sentence(kind: str, project: str, titles: list[str], groups: dict[tuple[str, str], list[Reason]]) -> str:
    if kind == "session":
        return f"You attended {enumerated(f'“{title}”' for title in titles)}; this project {project}"
    reasons = groups[kind, ""]
    if kind == "met":
        return f"You met {_NUMBERS.get(len(reasons), str(len(reasons)))} of its mentors"
    if kind == "conference":
        return "Its organization takes part in a conference you attended"
    if kind == "declared":
        terms = _terms(reasons, "skill") or _terms(reasons, "topic")
        return f"You named {enumerated(terms)} among your skills; this project uses {'it' if len(terms) == 1 else 'them'}"
    return f"This project {_project(reasons)}"


def _project(reasons: list[Reason]) -> str:
    skills, topics = _terms(reasons, "skill"), _terms(reasons, "topic")
    uses = [f"uses {enumerated(skills)}"] if skills else []
    return " and ".join(uses + ([f"is about {enumerated(topics)}"] if topics else []))


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
