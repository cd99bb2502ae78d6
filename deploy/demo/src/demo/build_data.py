"""Rebuild the shipped data from its originals: `python -m demo.build_data DIRECTORY`.

DIRECTORY holds `schedules/pyvideo_eng_2018plus.jsonl.gz` (one talk a line, from pyvideo/data) and
`listings/openastronomy_projects.tar.gz` (OpenAstronomy's `_projects/YEAR/ORGANIZATION/*.md`). Both hold real
people's names, handles and links: none of them may reach the output, which `tests/unit/demo` checks.
Needs the `build` extra.
"""

import gzip
import json
import random
import re
import sys
import tarfile
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from demo import vocabulary
from demo.names import Person, people

CONFERENCE_ID = "europython-2024"
OLDEST_YEAR = 2019
DESCRIPTION_LENGTH = 600
DATA = Path(__file__).parent / "data"

# All of them write software for astronomers: it is work of two disciplines (UNESCO's ISCED-F 2013).
DISCIPLINES = ["physical-sciences", "ict"]
# Whoever takes part in these, Google's and ESA's summers of code, works from where they are.
REMOTE = ("gsoc", "socis")
# What of a project's topics is a question of research, rather than a technique.
RESEARCH = ("astronomy", "solar physics", "physics", "spectroscopy", "space flight", "climate")
# How well its skills should be mastered (from 1, a novice, to 5, an expert), by the first word of the project's difficulty.
LEVELS = {
    "easy": 2, "beginner": 2, "low": 2,
    "medium": 3, "moderate": 3, "intermediate": 3,
    "hard": 4, "high": 4,
    "very": 5, "expert": 5,
}  # fmt: skip

# The archive names organizations by folder; these are the names they go by.
ORGANIZATIONS = {
    "astronomy-commons": "Astronomy Commons",
    "astropy": "Astropy",
    "ctlearn": "CTLearn",
    "einsteinpy": "EinsteinPy",
    "gnuastro": "Gnuastro",
    "irsa-fornax": "IRSA Fornax",
    "juliaastro": "JuliaAstro",
    "lincc-fw": "LINCC Frameworks",
    "poliastro": "poliastro",
    "radis": "RADIS",
    "reltrans": "Reltrans",
    "stingray": "Stingray",
    "sunpy": "SunPy",
}


def main(originals: Path) -> None:
    """Write both data files beside this module."""
    _write(DATA / "europython_2024.json", conference(originals / "schedules" / "pyvideo_eng_2018plus.jsonl.gz"))
    _write(DATA / "openastronomy.json", internships(originals / "listings" / "openastronomy_projects.tar.gz"))


def conference(talks: Path) -> dict[str, Any]:
    """Return EuroPython 2024 with its sessions, without speakers.

    An abstract gives its session skills and topics and then stays behind: pyvideo's collection is CC0, yet
    each of these abstracts ends with a licence of its own, CC BY-NC-SA 4.0, under which it cannot ship here.
    """
    sessions = []
    with gzip.open(talks, "rt", encoding="utf-8") as lines:
        for talk in map(json.loads, lines):
            if talk["event"] != "EuroPython 2024":
                continue
            found = vocabulary.find(f"{talk['title']}\n{_abstract(talk['description'])}")
            title = talk["title"].strip()
            sessions.append({"id": _slug(title), "title": title, "topics": found.topics, "skills": found.skills})
    return {
        "id": CONFERENCE_ID,
        "name": "EuroPython 2024",
        "starts": "2024-07-10",
        "ends": "2024-07-12",
        "sessions": sorted(sessions, key=lambda session: session["id"]),
    }


def _abstract(description: str) -> str:
    """Return the talk's own words: the lines between its address and its licence."""
    text = description.replace("\r", "").split("\n---\n")[0]
    return re.sub(r"^\[EuroPython.*\]$|^.* by .*\n(?=https?://)|https?://\S+", "", text, flags=re.MULTILINE)


def internships(archive: Path) -> dict[str, Any]:
    """Return organizations with generated mentors, and the newest version of each of their projects."""
    projects: dict[str, tuple[str, str, dict[str, Any], str]] = {}
    for year, organization, front, text in _projects(archive):  # oldest first: a newer version replaces an older one
        projects[_slug(front["name"])] = (year, organization, front, text)

    crowd = people(random.Random("mentors"))
    stand_ins: dict[str, Person] = {}
    mentors: dict[str, dict[str, dict[str, str]]] = {organization: {} for organization in ORGANIZATIONS}
    listings = []
    for listing_id, (_, organization, front, text) in sorted(projects.items()):
        mentor_ids = []
        for handle in sorted(_handles(front)):
            person = stand_ins.get(handle) or stand_ins.setdefault(handle, next(crowd))
            mentor_id = _slug(person.name)
            mentors[organization][mentor_id] = {"id": mentor_id, "name": person.name, "email": person.email}
            mentor_ids.append(mentor_id)
        listings.append(_listing(listing_id, organization, front, text) | {"mentor_ids": mentor_ids})

    return {
        "organizations": [
            {
                "id": organization,
                "name": name,
                "conference_ids": [CONFERENCE_ID],
                "mentors": [mentor for _, mentor in sorted(mentors[organization].items())],
            }
            for organization, name in ORGANIZATIONS.items()
        ],
        "listings": listings,
    }


def _projects(archive: Path) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Yield (year, organization, front matter, text) of each project from `OLDEST_YEAR` on, oldest first."""
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            match = re.search(r"_projects/(\d{4})/([^/]+)/.*\.md$", member.name)
            if not match or int(match[1]) < OLDEST_YEAR or match[2] not in ORGANIZATIONS:
                continue
            file = tar.extractfile(member)
            parts = re.match(r"\s*---\n(.*?)\n---\s*\n(.*)", file.read().decode("utf-8"), re.DOTALL) if file else None
            if not parts:
                raise ValueError(f"{member.name} does not begin with YAML front matter")
            yield match[1], match[2], yaml.safe_load(parts[1]), parts[2]


def _handles(front: dict[str, Any]) -> set[str]:
    return {str(handle).strip().lower() for handle in front.get("mentors") or [] if "<" not in str(handle)}


def _listing(listing_id: str, organization: str, front: dict[str, Any], text: str) -> dict[str, Any]:
    requirements = " \n".join(_strings(front.get("requirements")) + _strings(front.get("tags")))
    prose = _prose(text)
    # A requirement is a skill; what the text merely mentions is only a topic.
    skills = vocabulary.find(f"{requirements}\n{front['name']}\n{front.get('desc') or ''}").skills
    topics = vocabulary.find(f"{requirements}\n{front['name']}\n{front.get('desc') or ''}\n{prose}").topics
    questions = [topic for topic in topics if topic in RESEARCH]
    level = LEVELS.get((str(front.get("difficulty") or "").split() or [""])[0].casefold())
    return {
        "id": listing_id,
        "organization_id": organization,
        "title": _plain(front["name"]),
        "description": _shorten(f"{_plain(front.get('desc') or '')}\n\n{prose}".strip()),
        "skills": skills,
        "topics": topics,
        "requirements": [{"term": skill, "level": level} for skill in skills] if level else [],
        "research": {"interests": questions} if questions else None,
        "disciplines": DISCIPLINES,
        "conditions": {"remote": any(name.casefold() in REMOTE for name in _strings(front.get("initiatives")))},
        "conference_ids": [CONFERENCE_ID],
        "capacity": 2 if any("175" in size and "350" not in size for size in _strings(front.get("project_size"))) else 1,
    }


def _strings(value: Iterable[Any] | None) -> list[str]:
    return [str(item) for item in value or [] if item is not None]


def _prose(markdown: str) -> str:
    """Return the description's paragraphs as plain text: from its heading to the next one."""
    body = re.split(r"^#+\s*(?:milestones|coding starts|goals|mentors).*$", markdown, flags=re.IGNORECASE | re.MULTILINE)[0]
    body = re.sub(r"^#+.*$", "", body, flags=re.MULTILINE)
    paragraphs = [_plain(paragraph) for paragraph in re.split(r"\n\s*\n", body)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _plain(text: str) -> str:
    """Return one line of text without markup, links, addresses and handles."""
    text = re.sub(r"<[^>]*>", "", text)
    text = re.sub(r"!?\[([^\]]*)\]\s*\([^)]*\)", r"\1", text)
    text = re.sub(r"\S+@\S+\.\w+|\(?https?://\S+", "", text)
    text = re.sub(r"(?<!\w)@[\w-]+", "a mentor", text)
    text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _shorten(text: str) -> str:
    """Return whole sentences of `text`, `DESCRIPTION_LENGTH` characters at most."""
    if len(text) <= DESCRIPTION_LENGTH:
        return text
    # A full stop ends a sentence unless it belongs to a numbered list or to "e.g.".
    ends = [stop.end() for stop in re.finditer(r"(?<!\d)(?<!\.\w)\.(?=\s)", text[:DESCRIPTION_LENGTH])]
    return text[: ends[-1]] if ends else text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
