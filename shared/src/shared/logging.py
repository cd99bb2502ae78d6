"""Structured logs: one JSON object a line on standard error, with the correlation id of what is being worked on."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

_ADDRESS = re.compile(r"[^\s\"'<>(),:;\\\[\]{}=&/]+@[^\s\"'<>(),:;\\\[\]{}=&/@]+\.[^\s\"'<>(),:;\\\[\]{}=&/@]+")

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
"""Runs from the attendance event, or the HTTP request, to the mail. Set where work enters a service."""


def _add_correlation_id(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if current := correlation_id.get():
        event.setdefault("correlation_id", current)
    return event


@contextmanager
def correlated(identifier: str) -> Iterator[None]:
    """What is logged and published inside belongs to this correlation id."""
    token = correlation_id.set(identifier)
    try:
        yield
    finally:
        correlation_id.reset(token)


def without_addresses(line: str) -> str:
    """The line, with whatever looks like an e-mail address left out: publishers may put one into an event's id."""
    return _ADDRESS.sub("***@***", line) if "@" in line else line


def configure_logging(service: str, level: str, form: str) -> None:
    """Log as ``form`` ("json" or "console") from ``level`` on; the standard library's loggers go the same way."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _add_correlation_id,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )

    def render(logger: Any, method: str, event: structlog.typing.EventDict) -> str:
        return without_addresses(str(renderer(logger, method, event)))

    finish: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        # Without local variables, which hold addresses and keys.
        finish.append(structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processors=[*finish, render]))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # Their every request and heartbeat is noise, and aiokafka repeats each lost connection many times a second.
    for noisy in ("aiokafka", "pymongo", "uvicorn.access", "aiosmtplib"):
        logging.getLogger(noisy).setLevel(logging.ERROR if noisy == "aiokafka" else logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
