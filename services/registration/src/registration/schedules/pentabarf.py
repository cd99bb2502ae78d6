"""Schedules in the XML of frab and pentabarf, which pretalx exports too."""

from collections.abc import Iterator
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from registration.schedules.schedule import Schedule, Unreadable, as_date, as_name, as_text

_MAX_DEPTH: Final = 30
_MAX_ELEMENTS: Final = 500_000
_TERMS: Final = 1000


def read(body: bytes) -> Schedule:
    """The schedule in such a file. Entities are refused: they can blow up a small file, or fetch others.

    Raises:
        Unreadable: it is no XML, or no schedule.
    """
    schedule = Schedule()
    count = 0
    for path, element in _elements(body):
        match path:
            case ["schedule", "conference"]:
                schedule.name = as_name(element.findtext("title"))
                schedule.starts = as_date(element.findtext("start"), "conference.start")
                schedule.ends = as_date(element.findtext("end"), "conference.end")
            case ["schedule", "day"]:
                if on := as_date(element.get("date"), "day, date"):
                    schedule.extend(on)
            case [*_, "event"]:
                count += 1
                _add(element, count, schedule)
    return schedule


def _elements(body: bytes) -> Iterator[tuple[list[str], Element]]:
    """Each element that has ended, with the names on the way to it. What is larger than an event is not kept."""
    path: list[str] = []
    try:
        parents: list[Element] = []
        count = 0
        for happened, element in iterparse(BytesIO(body), ("start", "end")):
            if happened == "start":
                count += 1
                if count > _MAX_ELEMENTS:
                    raise Unreadable("body", f"has more than {_MAX_ELEMENTS:,} elements")
                path.append(element.tag)
                parents.append(element)
                if path[0] != "schedule":
                    raise Unreadable("body", "expected an XML document of <schedule>")
                if len(path) > _MAX_DEPTH:
                    raise Unreadable("/".join(path[:3]), f"is nested deeper than {_MAX_DEPTH} elements")
                continue
            yield path, element
            path.pop()
            parents.pop()
            if "event" not in path and "conference" not in path:
                element.clear()
                if parents:
                    parents[-1].remove(element)
    except ParseError as error:
        line, column = error.position
        raise Unreadable(f"line {line}, column {column + 1}", f"is not XML: {str(error).partition(':')[0]}") from None
    except DefusedXmlException:
        raise Unreadable("body", "declares entities, which are not accepted: write the characters themselves") from None
    except (LookupError, ValueError):  # of the codec
        raise Unreadable("line 1", "the file is not in the encoding that it declares, or that is not known") from None


def _add(event: Element, number: int, schedule: Schedule) -> None:
    guid = event.get("guid") or event.findtext("guid")
    ids = (event.get("code") or event.findtext("code"), guid, event.get("id"))
    topics = [*_texts(event, "track"), *_texts(event, "tags/tag"), *_listed(event, "tags")]
    skills = [*_listed(event, "keywords"), *_listed(event, "skills")]
    schedule.add(
        f"event {number}" + (f" (id {as_text(event.get('id'))[:40]})" if event.get("id") else ""),
        ids,
        event.findtext("title"),
        topics,
        skills,
        (event.findtext("abstract"), event.findtext("description")),
    )


def _texts(event: Element, path: str) -> list[str]:
    return [element.text or "" for element in event.findall(path)]


def _listed(event: Element, name: str) -> list[str]:
    return (event.findtext(name) or "").split(",")[:_TERMS]
