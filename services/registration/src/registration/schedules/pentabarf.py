"""Reads schedules in the XML of frab and pentabarf, which pretalx exports, too."""

from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from registration.schedules.fields import Unreadable, as_date, as_name, as_text, at_line, known_zone
from registration.schedules.schedule import Schedule
from shared.worded import Worded

_MAX_DEPTH: Final = 30
_MAX_ELEMENTS: Final = 500_000
_TERMS: Final = 1000


def read(body: bytes) -> Schedule:
    """Read a schedule in XML. Entities are refused: they can expand a small file to a huge one, or fetch others.

    Raises:
        Unreadable: it is not XML, or not a schedule.
    """
    target = _ScheduleTarget()
    try:
        parser = XMLParser(target=target)
        # All at once: Expat before 2.6 parses a long tag or comment again from its beginning with each piece.
        parser.feed(body)
        parser.close()
    except ParseError as error:
        line, column = error.position
        reason = Worded("is not XML: %(why)s", why=str(error).partition(":")[0])
        raise Unreadable(at_line(line, column + 1), reason) from None
    except DefusedXmlException:
        raise Unreadable("body", Worded("declares entities, which are not accepted: write the characters themselves")) from None
    except (LookupError, ValueError):  # of the codec
        raise Unreadable(
            at_line(1),
            Worded("the file is not in the encoding that it declares, or the encoding is not known; correct the declaration"),
        ) from None
    return target.schedule


class _ScheduleTarget:
    """Receives the parser's events. It keeps only the conference and one <event> at a time in memory."""

    def __init__(self) -> None:
        self.schedule = Schedule()
        self._path: list[str] = []
        self._elements = 0
        self._events = 0
        self._kept: TreeBuilder | None = None
        self._kept_depth = 0
        """The depth of the element that is kept."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        path = self._path
        tag = tag.rpartition("}")[2]  # whatever its namespace
        path.append(tag)
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            raise Unreadable("body", Worded("has more than %(most)s elements", most=f"{_MAX_ELEMENTS:,}"))
        if path[0] != "schedule":
            raise Unreadable("body", Worded("expected an XML document with the root element %(element)s", element="<schedule>"))
        if len(path) > _MAX_DEPTH:
            shown = "/".join(name[:_MAX_DEPTH] for name in path[:3])
            raise Unreadable(shown, Worded("is nested deeper than %(most)s elements", most=_MAX_DEPTH))
        if self._kept is None and (tag == "event" or path == ["schedule", "conference"]):
            self._kept, self._kept_depth = TreeBuilder(), len(path)
        if self._kept is not None:
            self._kept.start(tag, attributes)
        elif path == ["schedule", "day"] and (on := as_date(attributes.get("date"), "day, date")):
            self.schedule.extend(on)

    def data(self, text: str) -> None:
        if self._kept is not None:
            self._kept.data(text)

    def end(self, tag: str) -> None:
        if self._kept is not None:
            self._kept.end(self._path[-1])
            if len(self._path) == self._kept_depth:
                element, self._kept = self._kept.close(), None
                self._take(element)
        self._path.pop()

    def close(self) -> None:
        if not self._events:
            self.schedule.note("schedule", Worded("has no %(element)s, which is where sessions are expected", element="<event>"))

    def _take(self, element: Element) -> None:
        if element.tag == "event":
            self._events += 1
            _add(element, self._events, self.schedule)
            return
        zone = known_zone(as_text(element.findtext("time_zone_name")))
        self.schedule.name = as_name(element.findtext("title"))
        for day in (as_date(element.findtext(name), f"conference.{name}", zone) for name in ("start", "end")):
            if day:
                self.schedule.extend(day)


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
        url=event.findtext("url"),
        starts=event.findtext("date"),
    )


def _texts(event: Element, path: str) -> list[str]:
    return [element.text or "" for element in event.findall(path)[:_TERMS]]


def _listed(event: Element, name: str) -> list[str]:
    return (event.findtext(name) or "").split(",", _TERMS)[:_TERMS]
