"""The page for publishers: each event type with its fields and examples for HTTP and Kafka."""

import json
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from registration.attendance.api.reasons import readable
from registration.settings import Settings
from shared.contract.envelope import MAX_DEPTH, MAX_EVENT_BYTES
from shared.contract.events.examples import EXAMPLES
from shared.contract.files import cloud_event
from shared.contract.paths import interface
from shared.contract.schemas import Field, fields
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.web.pages.forms import Form
from shared.web.pages.pages import Pages
from shared.worded import Worded
from shared.wording.languages import translatable

PATH: Final = "/docs/publish"
SNIPPETS: Final = {
    "kcat": "kcat.sh",
    "curl": "curl.sh",
    translatable("Python, over Kafka"): "kafka.py",
    translatable("Python, over HTTP"): "http.py",
}
"""Templates of programs that publish the example, by their titles. A publisher can copy them unchanged."""
SUMMARIES: Final = {
    "attendance.checked_in.v1": translatable("The attendee arrived at the conference."),
    "attendance.session_attended.v1": translatable("The attendee attended a session of the conference."),
    "attendance.person_met.v1": translatable("The attendee met another person (a badge scan, a mutual confirmation)."),
    "attendance.left.v1": translatable(
        "The attendee left the conference or a session. Attendance stays recorded: the attendee was there."
    ),
    "attendance.reverted.v1": translatable(
        "Takes back an earlier event of the same source. It may also arrive before that event."
    ),
}
CHECKED_IN, SESSION_ATTENDED = ATTENDANCE_INBOUND.types[:2]


@dataclass(frozen=True, slots=True)
class Checked:
    """The predicted outcome of an event. ``reason`` is what its dead letter would say; ``faults`` has it by field.

    ``pending`` says what a valid event would wait for. ``warnings`` name ignored fields that may be typos.
    """

    pending: str = ""
    warnings: Sequence[tuple[str, str]] = ()
    reason: str = ""
    faults: Sequence[tuple[str, str]] = ()


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
    """Renders the page."""

    def __init__(self, pages: Pages, settings: Settings) -> None:
        self._pages = pages
        self._pending_days = f"{settings.pending_days:g}"
        self._kafka = {
            "bootstrap": settings.publishers_kafka_servers or settings.kafka_bootstrap_servers,
            "topic": f"{settings.topic_prefix}{ATTENDANCE_INBOUND.name}",
        }
        self._programs = Environment(
            loader=PackageLoader("registration.attendance.api", "templates"),
            autoescape=False,  # noqa: S701 - programs; the page escapes them
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._programs.filters |= {"sh": shlex.quote, "json": _json, "pretty": _laid_out, "python": _python}
        self._fields = {name: fields(name) for name in ATTENDANCE_INBOUND.types}
        person = [field for field in self._fields[CHECKED_IN] if field.path.startswith("attendee.")]
        self._person = [replace(field, path=field.path.removeprefix("attendee.")) for field in person]

    def render(self, request: Request, checked: Checked | None = None, pasted: str = "", data_of: str = "") -> HTMLResponse:
        """Render the page. If an event was checked, the form shows what was ``pasted``; otherwise, an example."""
        origin = f"{request.url.scheme}://{request.url.netloc}"
        event = pasted if checked else _laid_out(cloud_event(SESSION_ATTENDED, EXAMPLES[SESSION_ATTENDED][0]))
        return self._pages.page(
            "publish",
            request,
            indexed=True,
            form=Form.of({"event": event, "as": data_of}),
            here=PATH,  # the address of a check cannot be opened
            origin=origin,
            interface=interface("registration"),
            checked=checked,
            sections=[self._section(name, origin) for name in ATTENDANCE_INBOUND.types],
            person=self._person,
            pending_days=self._pending_days,
            max_event_bytes=MAX_EVENT_BYTES,
            max_depth=MAX_DEPTH,
            prose=_prose,
            readable=lambda reason: reason if isinstance(reason, Worded) else readable(reason),
            bootstrap=self._kafka["bootstrap"],
            topic=self._kafka["topic"],
        )

    def _section(self, name: str, origin: str) -> Section:
        own = [field for field in self._fields[name] if "." not in field.path]
        return Section(name, SUMMARIES[name], own, self._snippets(name, origin))

    def _snippets(self, name: str, origin: str) -> list[Snippet]:
        first, *others = EXAMPLES[name]
        event = cloud_event(name, first)
        known = {"type": name, "example": first, "data": first.data, "event": event, "origin": origin} | self._kafka
        programs = [
            Snippet(title, file.replace(".", "-"), self._programs.get_template(f"{file}.jinja").render(known))
            for title, file in SNIPPETS.items()
        ]
        minimal = [Snippet(translatable("JSON: minimal"), "minimal", _laid_out(cloud_event(name, one))) for one in others]
        return [Snippet(translatable("JSON, structured mode"), "json", _laid_out(event)), *minimal, *programs]


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
