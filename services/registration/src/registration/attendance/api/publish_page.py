"""The page for publishers: each event type with its fields and examples for HTTP and Kafka."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from pydantic import BaseModel

from shared.contract.envelope import MAX_DEPTH, MAX_EVENT_BYTES
from shared.contract.events import TYPES
from shared.contract.events.attendance import Person
from shared.contract.events.examples import EXAMPLES
from shared.contract.files import cloud_event
from shared.contract.schemas import Field, fields
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.web.problems import FieldFault

SNIPPETS = {"kcat": "kcat.sh", "curl": "curl.sh", "Python, over Kafka": "kafka.py", "Python, over HTTP": "http.py"}
"""Templates of programs that publish the example, by their titles. A publisher can copy them unchanged."""


CHECKED_IN, SESSION_ATTENDED = ATTENDANCE_INBOUND.types[:2]


class Verdict(BaseModel):
    """The predicted outcome of an event. ``reason`` is what its dead letter would say; ``reasons`` has it by field.

    ``pending`` says what a valid event would wait for. ``warnings`` name ignored fields that may be typos.
    """

    valid: bool
    pending: str | None = None
    warnings: list[FieldFault] = []
    reason: str | None = None
    reasons: list[FieldFault] = []


@dataclass(frozen=True, slots=True)
class Snippet:
    """An example in one form. ``kind`` is the form's name in the ids of the page."""

    title: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One type of event."""

    type: str
    summary: str
    fields: list[Field]
    snippets: list[Snippet]


class PublishPage:
    """Renders the page. ``bootstrap`` and ``topic`` are for publishers to Kafka; events may be pending for ``pending_days``."""

    def __init__(self, bootstrap: str, topic: str, pending_days: float) -> None:
        self._pending_days = f"{pending_days:g}"
        self._kafka = {"bootstrap": bootstrap, "topic": topic}
        self._templates = Environment(
            loader=PackageLoader("registration.attendance.api", "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "sh": shlex.quote,
            "json": _json,
            "pretty": _laid_out,
            "python": _python,
            "prose": _prose,
        }
        self._fields = {name: fields(name) for name in ATTENDANCE_INBOUND.types}
        person = [field for field in self._fields[CHECKED_IN] if field.path.startswith("attendee.")]
        self._person = [replace(field, path=field.path.removeprefix("attendee.")) for field in person]

    def render(self, base: str, root: str, verdict: Verdict | None = None, pasted: str | None = None, pasted_as: str = "") -> str:
        """Render the page. ``base`` is the service's address, ``root`` the path prefix; the form shows what was pasted."""
        example = cloud_event(SESSION_ATTENDED, EXAMPLES[SESSION_ATTENDED][0])
        return self._templates.get_template("page.html").render(
            self._kafka,
            base=base,
            root=root,
            verdict=verdict,
            pasted=_laid_out(example) if pasted is None else pasted,
            pasted_as=pasted_as,
            sections=[self._section(name, base) for name in ATTENDANCE_INBOUND.types],
            person=self._person,
            person_summary=Person.__doc__,
            pending_days=self._pending_days,
            max_event_bytes=MAX_EVENT_BYTES,
            max_depth=MAX_DEPTH,
        )

    def _section(self, name: str, base: str) -> Section:
        own = [field for field in self._fields[name] if "." not in field.path]
        return Section(name, (TYPES[name].__doc__ or "").strip(), own, self._snippets(name, base))

    def _snippets(self, name: str, base: str) -> list[Snippet]:
        first, *others = EXAMPLES[name]
        event = cloud_event(name, first)
        known = {"type": name, "example": first, "data": first.data, "event": event, "base": base} | self._kafka
        programs = [
            Snippet(title, file.replace(".", "-"), self._templates.get_template(f"{file}.jinja").render(known))
            for title, file in SNIPPETS.items()
        ]
        minimal = [Snippet(f"JSON: {one.name}", "minimal", _laid_out(cloud_event(name, one))) for one in others]
        return [Snippet("JSON, structured mode", "json", _laid_out(event)), *minimal, *programs]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _laid_out(value: Any, write: Callable[[Any], str] = _json, indent: str = "") -> str:
    """JSON with one line per field, and each list in one line: easier to read than what a library writes."""
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{deeper}{write(name)}: {_laid_out(one, write, deeper)}" for name, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list):
        return f"[{', '.join(_laid_out(one, write, indent) for one in value)}]"
    return write(value)


def _python(value: Any) -> str:
    return _laid_out(value, lambda one: _json(one) if isinstance(one, str) else repr(one))


def _prose(text: str) -> Markup:
    """The text as HTML, with backticks turned into code."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before
