"""Traces: what is linked to what, what no span may hold, and that nothing is done where none are asked for."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from shared import tracing
from shared.contract.envelope import Outgoing, Received
from shared.database.outbox_documents import outbox_documents, outbox_events
from shared.logging import configure_logging
from shared.settings import ServiceSettings
from shared.web.request_traces import of_requests
from support.traced import Spans, traced, traceparent

SCAN = f"00-{7:032x}-{8:016x}-01"
OTHER = f"00-{9:032x}-{10:016x}-01"


@pytest.fixture
def spans() -> Iterator[Spans]:
    with traced() as spans:
        yield spans


def record(*headers: tuple[str, str | None]) -> Received:
    return Received(
        "t", b"{}", [(name, None if value is None else value.encode()) for name, value in headers], key=b"ada@example.org"
    )


def links(span: Any) -> list[str]:
    return [f"00-{link.context.trace_id:032x}-{link.context.span_id:016x}-{link.context.trace_flags:02x}" for link in span.links]


def outbox(*events: Outgoing) -> list[dict[str, str]]:
    (document,) = outbox_documents(events, None, None)  # type: ignore[arg-type]
    return [event["headers"] for event in outbox_events(document)]


def test_a_batch_is_one_span_with_a_link_to_each_event_and_nothing_of_what_is_in_them(spans: Spans) -> None:
    garbage = [record(("traceparent", value)) for value in ("", "x", "00-0-0-0", "0" * 5000, "é", None)]
    records = [
        record(("traceparent", OTHER), ("ce_traceparent", SCAN), ("ce_id", "ada@example.org")),
        record(("traceparent", OTHER)),
        *garbage,
    ]
    with tracing.processing("matching.keys", records):
        pass
    (span,) = spans.all()
    assert (span.name, links(span)) == ("process matching.keys", [OTHER, SCAN])
    assert span.attributes
    assert span.attributes["messaging.batch.message_count"] == 8
    assert "ada@" not in span.to_json()


def test_a_span_has_a_bounded_number_of_links(spans: Spans) -> None:
    with tracing.processing("g", [record(("traceparent", f"00-{n:032x}-{n:016x}-01")) for n in range(1, 500)]):
        pass
    assert len(spans.all()[0].links) == 128


def test_what_is_published_carries_the_span_and_keeps_where_it_came_from(spans: Spans) -> None:
    own, passed_on = Outgoing("t", "k", {"ce_id": "1"}, b"{}"), Outgoing("t", "k", {"ce_id": "2", "ce_traceparent": SCAN}, b"{}")
    with tracing.span("work"):
        found = outbox(own, passed_on, Outgoing("t", "k", {}, None))
    here = traceparent(spans.all()[0])
    assert found == [
        {"ce_id": "1", "ce_traceparent": here, "traceparent": here},
        {"ce_id": "2", "ce_traceparent": SCAN, "traceparent": here},
        {"traceparent": here},
    ]
    with tracing.publishing(found):
        pass
    assert links(spans.named("publish")[0]) == [here]


def test_a_failure_shows_its_kind_and_not_what_it_quotes(spans: Spans) -> None:
    with pytest.raises(ValueError, match="ada"), tracing.span("work"):
        raise ValueError("ada@example.org is not known")
    (span,) = spans.all()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert not span.status.is_ok
    assert "ada@" not in span.to_json()


async def test_a_request_shows_its_route_and_neither_path_nor_query(spans: Spans) -> None:
    app = FastAPI(telemetry=of_requests())
    seen: list[str] = []

    @app.get("/open/{token}")
    async def opened(token: str) -> None:
        seen.append(tracing.current())

    @app.get("/health/live")
    async def live() -> None: ...

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example") as client:
        await client.get("/open/s3cret-token?email=ada@example.org", headers={"traceparent": SCAN})
        await client.get("/health/live")
    (span,) = spans.all()
    assert span.name == "GET /open/{token}"
    assert span.parent
    assert span.parent.span_id == 8
    assert seen == [traceparent(span)]
    assert "s3cret" not in span.to_json()
    assert "ada@" not in span.to_json()


def test_lines_of_the_log_name_the_span(spans: Spans, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("matching", "INFO", "json")
    with tracing.span("work"):
        structlog.get_logger("test").info("inside")
    structlog.get_logger("test").info("outside")
    inside, outside = capsys.readouterr().err.splitlines()[-2:]
    _, trace_id, span_id, _ = traceparent(spans.all()[0]).split("-")
    assert f'"trace_id": "{trace_id}"' in inside
    assert f'"span_id": "{span_id}"' in inside
    assert "trace_id" not in outside


def test_without_a_place_to_export_to_nothing_is_made_or_changed() -> None:
    tracing.configure("matching", "1", ServiceSettings(mongodb_uri="mongodb://h", kafka_bootstrap_servers="h:1"))
    event = Outgoing("t", "k", {"ce_id": "1"}, b"{}")
    with tracing.processing("g", [record(("traceparent", SCAN))]), tracing.span("work"):
        assert outbox(event) == [{"ce_id": "1"}]
        assert (tracing.current(), tracing.kept(), tracing.active()) == ("", {}, False)
    assert of_requests()["tracing"] is False


def test_spans_are_exported_where_the_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[tuple[str, str | None, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.path, self.headers["authorization"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        settings = ServiceSettings(
            mongodb_uri="mongodb://h", kafka_bootstrap_servers="h:1", otel_exporter_otlp_headers="authorization=Bearer t0ken"
        )
        tracing.configure("matching", "1.2.3", settings)
        try:
            with tracing.span("work"):
                pass
            tracing.flush()
        finally:
            tracing.use(None)
            server.shutdown()
    ((path, authorization, body),) = got
    assert (path, authorization) == ("/v1/traces", "Bearer t0ken")
    assert all(word in body for word in (b"work", b"matching", b"1.2.3", b"opportunity-desk"))
