"""Structured logs: one JSON object per line on standard error, with the correlation id of the current work.

Log events quote strangers' input, so every line is bounded, whoever logs it, and holds no e-mail address.
"""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import islice
from typing import Any, Final, TextIO

import structlog
from opentelemetry import trace
from structlog.tracebacks import ExceptionDictTransformer

MAX_TEXT: Final = 1_000
"""How many characters of one value are logged, at most."""
MAX_LINE: Final = 16_000
"""How many characters all values of one event have together, at most."""
_MAX_ENTRIES: Final = 200
_MAX_DEPTH: Final = 8
_FIRST: Final = ("event", "level", "logger", "timestamp", "service", "correlation_id")
_ADDRESS_LENGTH: Final = 320
_LEFT_OUT: Final = "…"

# Runs of characters that an address may have, with an "@" between others. Possessive, and begun only where a run begins:
# so each character is looked at once, whatever the text.
_SEPARATORS: Final = r"\s\"'<>(),:;\\\[\]{}=&/"
_LAST_RUN: Final = re.compile(rf"(?<![^{_SEPARATORS}])[^{_SEPARATORS}]++\Z")
_WITH_AT: Final = re.compile(rf"(?<![^{_SEPARATORS}])@*+[^{_SEPARATORS}@]++@[^{_SEPARATORS}]++")

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
"""Runs from the attendance event, or the HTTP request, to the mail. Set where work enters a service."""


def _add_correlation_id(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if current := correlation_id.get():
        event.setdefault("correlation_id", current)
    return event


def _add_trace(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if (context := trace.get_current_span().get_span_context()).is_valid:
        event.setdefault("trace_id", trace.format_trace_id(context.trace_id))
        event.setdefault("span_id", trace.format_span_id(context.span_id))
    return event


@contextmanager
def correlated(identifier: str) -> Iterator[None]:
    """Everything logged and published inside has this correlation id."""
    token = correlation_id.set(identifier)
    try:
        yield
    finally:
        correlation_id.reset(token)


def without_addresses(text: str) -> str:
    """The text, with whatever looks like an e-mail address left out: publishers may put one into an event's id."""
    return _WITH_AT.sub(_without_address, text) if "@" in text else text


def _without_address(run: re.Match[str]) -> str:
    local, _, domain = run[0].lstrip("@").partition("@")
    # An id such as `topic/key@3` has an "@" too, but no dot behind it.
    return "***@***" if local and "." in domain.strip(".") else run[0]


def bounded(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A processor: the event as plain values of bounded size, nested ones too, without addresses."""
    # What the line is about comes first: a large value must not take the room for it.
    return _Bounded().mapping({name: event[name] for name in sorted(event, key=lambda name: name not in _FIRST)}, 0)


class _Bounded:
    """Makes the values of one event small, and keeps count of the room that is left."""

    def __init__(self) -> None:
        self._room = MAX_LINE

    def mapping(self, values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        return {self._text(str(name)): self._value(name, value, depth + 1) for name, value in self._first_of(values.items())}

    def _value(self, name: object, value: object, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value, MAX_LINE if name == "exception" else MAX_TEXT)  # a traceback, in the console's form
        self._room -= 4
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            # Python refuses to write out a number of thousands of digits.
            return int(value) if value.bit_length() <= 64 else f"a number of {value.bit_length():,} bits"
        if isinstance(value, bytes | bytearray):
            return self._text(repr(bytes(value[:MAX_TEXT])))
        if depth > _MAX_DEPTH:
            return _LEFT_OUT
        if isinstance(value, Mapping):
            return self.mapping(value, depth)
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value("", item, depth + 1) for item in self._first_of(value)]
        try:
            return self._text(repr(value))
        except Exception as error:  # noqa: BLE001 - whatever a foreign __repr__ raises, the line is written
            return f"a {type(value).__name__} that cannot be shown: {type(error).__name__}"

    def _first_of(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in islice(values, _MAX_ENTRIES):
            if self._room <= 0:
                return
            yield value

    def _text(self, text: str, limit: int = MAX_TEXT) -> str:
        limit = max(1, min(limit, self._room))
        small = without_addresses(text) if len(text) <= limit else _shortened(text, limit)
        self._room -= len(small)
        return small


def _shortened(text: str, limit: int) -> str:
    """The text without addresses and without its end."""
    # Cut first, so that the search is bounded; but behind the limit, so that an address that lies across it is seen whole.
    window = text[: limit + _ADDRESS_LENGTH]
    if half := _LAST_RUN.search(window, limit):
        window = window[: half.start()]
    return without_addresses(window)[: limit - 1] + _LEFT_OUT


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to the current standard error: it may have been redirected since the start."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        """Set by the base class; the stored value is not used."""


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Never fails: a value that cannot be logged must not fail the work, nor be shown unbounded."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            return super().format(record)
        except Exception as error:  # noqa: BLE001 - whatever it was about to log
            return f'{{"event": "log_failed", "level": "error", "logger": "{__name__}", "error": "{type(error).__name__}"}}'


class _Logger(structlog.stdlib.BoundLogger):
    """Never raises: no work fails, or is done again, because it could not be logged."""

    def _proxy_to_logger(self, method_name: str, event: str | None = None, *event_args: str, **event_kw: Any) -> Any:
        with suppress(Exception):
            return super()._proxy_to_logger(method_name, event, *event_args, **event_kw)


def configure_logging(service: str, level: str, form: str) -> None:
    """Log as ``form`` ("json" or "console") from ``level`` on; the standard library's loggers go the same way."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _add_correlation_id,
        _add_trace,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )

    finish: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    # Without local variables, which hold addresses and keys.
    in_json = ExceptionDictTransformer(show_locals=False)
    finish.append(structlog.processors.ExceptionRenderer(in_json) if form == "json" else structlog.processors.format_exc_info)
    handler = _StandardError()
    handler.setFormatter(_Formatter(foreign_pre_chain=processors, processors=[*finish, bounded, renderer]))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # Their every request and heartbeat is noise, and aiokafka repeats each lost connection many times a second.
    for noisy in ("aiokafka", "pymongo", "uvicorn.access", "aiosmtplib"):
        logging.getLogger(noisy).setLevel(logging.ERROR if noisy == "aiokafka" else logging.WARNING)
    logging.raiseExceptions = False  # a handler that fails would show the record as it is, unbounded
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=_Logger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
