"""Rebuilds the demo's data from the originals: `python -m demo.build_data DIRECTORY`.

DIRECTORY has `schedules/pyvideo_eng_2018plus.jsonl.gz` (one talk per line, from pyvideo/data) and
`listings/openastronomy_projects.tar.gz` (OpenAstronomy's `_projects/YEAR/ORGANIZATION/*.md`). Both contain names, handles and
links of real people. None of these may reach the output; `tests/unit/demo` checks that. It needs the `build` extra.
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

# All projects write software for astronomers, which is work of two disciplines (ISCED-F 2013).
DISCIPLINES = ["physical-sciences", "ict"]
# Participants of these, Google's and ESA's summers of code, work remotely.
REMOTE = ("gsoc", "socis")
# The topics that are research questions rather than techniques.
RESEARCH = ("astronomy", "solar physics", "physics", "spectroscopy", "space flight", "climate")
# The level of a project's skills, from 1 (novice) to 5 (expert), by the first word of its difficulty.
LEVELS = {
    "easy": 2, "beginner": 2, "low": 2,
    "medium": 3, "moderate": 3, "intermediate": 3,
    "hard": 4, "high": 4,
    "very": 5, "expert": 5,
}  # fmt: skip

# The archive has organizations by folder; these are their names.
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
    """Write both data files."""
    _write(DATA / "europython_2024.json", conference(originals / "schedules" / "pyvideo_eng_2018plus.jsonl.gz"))
    _write(DATA / "openastronomy.json", internships(originals / "listings" / "openastronomy_projects.tar.gz"))


def conference(talks: Path) -> dict[str, Any]:
    """Return EuroPython 2024 with its sessions, without speakers.

    Skills and topics are found in the abstracts too, but the abstracts themselves are left out: pyvideo's collection is CC0, but
    each of these abstracts has its own licence, CC BY-NC-SA 4.0.
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
    """Return the abstract itself: the lines between the talk's address and its licence."""
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
    # Requirements are skills. What the text only mentions is a topic.
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
    """Return the paragraphs of the description, up to the next section, as plain text."""
    body = re.split(r"^#+\s*(?:milestones|coding starts|goals|mentors).*$", markdown, flags=re.IGNORECASE | re.MULTILINE)[0]
    body = re.sub(r"^#+.*$", "", body, flags=re.MULTILINE)
    paragraphs = [_plain(paragraph) for paragraph in re.split(r"\n\s*\n", body)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _plain(text: str) -> str:
    """Return the text as one line without markup, links, addresses and handles."""
    text = re.sub(r"<[^>]*>", "", text)
    text = re.sub(r"!?\[([^\]]*)\]\s*\([^)]*\)", r"\1", text)
    text = re.sub(r"\S+@\S+\.\w+|\(?https?://\S+", "", text)
    text = re.sub(r"(?<!\w)@[\w-]+", "a mentor", text)
    text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _shorten(text: str) -> str:
    """Return the first whole sentences of `text`, at most `DESCRIPTION_LENGTH` characters."""
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
