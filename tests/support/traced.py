"""Captures traces for tests, instead of exporting them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import tracing


class Spans:
    """The spans that have ended so far."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.all() if span.name == name]

    def all(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def linked(self, span: ReadableSpan, name: str) -> list[ReadableSpan]:
        """The spans with this name to which the span links."""
        ids = {link.context.span_id for link in span.links}
        return [other for other in self.named(name) if other.context and other.context.span_id in ids]


@contextmanager
def traced() -> Iterator[Spans]:
    """Enable tracing inside the context, and capture the spans."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(tracing.without_paths())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    try:
        yield Spans(exporter)
    finally:
        tracing.use(None)


def traceparent(span: ReadableSpan) -> str:
    """The ``traceparent`` header for the span."""
    assert span.context
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"
