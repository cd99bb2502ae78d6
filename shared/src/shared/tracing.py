"""Traces, by OpenTelemetry: from an event to what came of it, across services. Without a place to export to, all of this does
nothing.

Work on a batch is one span, with a link to each event in it: it may have a hundred causes, and a trace has one parent. No span
has a key, an address, or the path of a request, which may hold the token of a link.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.contract.envelope import Record
from shared.settings import ServiceSettings

TRACEPARENT: Final = "traceparent"
"""The header of W3C's Trace Context; with ``ce_`` before it, the attribute of CloudEvents' extension for distributed tracing."""
_ATTRIBUTE: Final = f"ce_{TRACEPARENT}"
_PLACES: Final = (TRACEPARENT, _ATTRIBUTE)
_PROPAGATOR: Final = TraceContextTextMapPropagator()
_MOST_LINKS: Final = 128
_LONGEST: Final = 128
_FLUSH_MS: Final = 2000


_provider: Any = None
_tracer: trace.Tracer | None = None


def configure(service: str, version: str, settings: ServiceSettings) -> None:
    """Export traces by OTLP over HTTP, if a variable of OpenTelemetry says where to."""
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or settings.otel_exporter_otlp_endpoint
    if not endpoint or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    for name in [name for name, value in os.environ.items() if name.startswith("OTEL_") and not value]:
        del os.environ[name]  # an empty variable counts as unset, which OpenTelemetry does not always know
    # Only here: to import them takes memory and a third of a second.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {
        "service.name": os.environ.get("OTEL_SERVICE_NAME") or service,
        "service.namespace": "opportunity-desk",
        "service.version": version,
        "service.instance.id": uuid4().hex,
    }
    made = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    headers = settings.otel_exporter_otlp_headers.get_secret_value()
    made.add_span_processor(without_paths())
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(headers=_pairs(headers) or None)))
    use(made)


def use(made: Any) -> None:
    """Use this provider for spans from now on; None: make none."""
    global _provider, _tracer  # a process has one
    _provider = made
    _tracer = made.get_tracer("opportunity_desk") if made else None


def without_paths() -> Any:
    """A processor of spans that takes the paths of requests out of them: tokens and ids of people are in paths."""
    from opentelemetry.sdk.trace import SpanProcessor

    class WithoutPaths(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            for name in ("url.path", "url.query"):
                if name in (span.attributes or {}):
                    span.set_attribute(name, "")

    return WithoutPaths()


def flush() -> None:
    """Export the remaining spans, for at most two seconds."""
    if _provider:
        _provider.force_flush(_FLUSH_MS)


def provider() -> Any:
    """The maker of spans; None if there are no traces."""
    return _provider


def active() -> bool:
    """Whether there are any traces."""
    return _tracer is not None


def current() -> str:
    """The current span, in the form of ``traceparent``; "" if there is none."""
    if _tracer is None:
        return ""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(TRACEPARENT, "")


def carried(headers: dict[str, str], traceparent: str) -> dict[str, str]:
    """The headers of an event that is published in this span. One that is passed on keeps the attribute of its publisher."""
    if not traceparent:
        return headers
    attribute = {_ATTRIBUTE: traceparent} if headers else {}  # a tombstone is no event
    return {**attribute, **headers, TRACEPARENT: traceparent}


def kept() -> dict[str, str]:
    """The same for a document whose work continues later."""
    return {TRACEPARENT: traceparent} if (traceparent := current()) else {}


@contextmanager
def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, origins: Iterable[str] = (), attributes: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """What is done inside is a span, linked to these, each as ``traceparent`` has it."""
    if _tracer is None:
        yield
        return
    links = [Link(context) for context in _contexts(origins)]
    with _tracer.start_as_current_span(
        name, kind=kind, links=links, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as made:
        try:
            yield
        except Exception as error:
            # Its kind alone: what it says may quote an address.
            made.set_attribute("error.type", type(error).__name__)
            made.set_status(StatusCode.ERROR)
            raise


@contextmanager
def processing(group: str, records: Sequence[Record]) -> Iterator[None]:
    """What is done inside is the work on these records."""
    if _tracer is None:
        yield
        return
    origins = (
        value.decode("ascii", "replace") for record in records for name, value in record.headers if name in _PLACES and value
    )
    about = {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": len(records),
    }
    with span(f"process {group}", SpanKind.CONSUMER, origins, about):
        yield


@contextmanager
def publishing(sent: Iterable[Mapping[str, str]]) -> Iterator[None]:
    """What is done inside is the publishing of events with these headers."""
    if _tracer is None:
        yield
        return
    about = {"messaging.system": "kafka", "messaging.operation.type": "send"}
    with span("publish", SpanKind.PRODUCER, (each[TRACEPARENT] for each in sent if TRACEPARENT in each), about):
        yield


def link(origins: Iterable[str]) -> None:
    """Link the current span to these, too."""
    if _tracer is None:
        return
    made = trace.get_current_span()
    for context in _contexts(origins):
        made.add_link(context)


def _contexts(origins: Iterable[str]) -> list[SpanContext]:
    """The spans that these name, each once. Publishers choose what they send: what names none is left out."""
    found: list[SpanContext] = []
    for traceparent in dict.fromkeys(origins):
        if len(found) == _MOST_LINKS:
            break
        if 0 < len(traceparent) <= _LONGEST:
            context = trace.get_current_span(_PROPAGATOR.extract({TRACEPARENT: traceparent})).get_span_context()
            if context.is_valid:
                found.append(context)
    return found


def _pairs(text: str) -> dict[str, str]:
    """Headers as OpenTelemetry has them in a variable: ``name=value,name=value``."""
    return {name.strip(): value.strip() for name, found, value in (pair.partition("=") for pair in text.split(",")) if found}
