"""``python -m bench [NAME]``: run the benchmarks, or one of them. What is printed besides the figures goes to standard error."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from pymongo import MongoClient

from bench import (
    applications,
    audit,
    bounces,
    congestion,
    facts_growth,
    funnel,
    guard,
    idle,
    ingest_csv,
    ingest_http,
    insight,
    latency,
    mail_memory,
    mail_render,
    mail_send,
    match_day,
    match_quality,
    pages,
    pipeline,
    rebuild,
    skills_coverage,
    skills_rate,
    topk,
    topk_bulk,
    topk_growth,
    tracing,
)
from local_stack import Ports, Stack
from shared.logging import configure_logging
from support.prefixes import Prefixes

ON_SERVERS: dict[str, Callable[[Stack], Iterator[dict[str, Any]]]] = {
    "pipeline": pipeline.pipeline,
    "facts_growth": facts_growth.facts_growth,
    "pipeline_vs_usual": pipeline.pipeline_vs_usual,
    "ingest_http": ingest_http.ingest_http,
    "ingest_csv": ingest_csv.ingest_csv,
    "latency": latency.latency,
    "idle": idle.idle,
    "rebuild": rebuild.rebuild,
    "insight": insight.insight,
    "funnel": funnel.funnel,
    "guard": guard.guard,
    "audit": audit.audit,
    "applications": applications.applications,
    "mail_send": mail_send.mail_send,
    "pages": pages.pages,
    "mail_memory": mail_memory.mail_memory,
}
ALONE: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "match_day": match_day.match_day,
    "match_day_vs_matching": match_day.match_day_vs_matching,
    "match_quality": match_quality.match_quality,
    "skills_coverage": skills_coverage.skills_coverage,
    "skills_rate": skills_rate.skills_rate,
    "topk_attendee": topk.topk_attendee,
    "topk_listing": topk.topk_listing,
    "topk_bulk": topk_bulk.topk_bulk,
    "topk_growth": topk_growth.topk_growth,
    "bounces": bounces.bounces,
    "congestion": congestion.congestion,
    "mail_render": mail_render.mail_render,
    "tracing": tracing.tracing_cost,
}
"""Those which need no servers."""


def main() -> None:
    chosen = sys.argv[1:] or [*ON_SERVERS, *ALONE]
    if unknown := [name for name in chosen if name not in ON_SERVERS and name not in ALONE]:
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {', '.join([*ON_SERVERS, *ALONE])}")
    os.environ.setdefault("SECANTUSDB_CACHE", "4G")  # some fill it far beyond what a demo does
    configure_logging("bench", "critical", "console")  # to standard error: standard output is for the figures
    for name in chosen:
        for figure in ALONE[name]() if name in ALONE else _on_servers(name):
            print(json.dumps(figure), flush=True)


def _on_servers(name: str) -> Iterator[dict[str, Any]]:
    """The figures of a benchmark, each with the database behind it: the local stack's, or that of ``MONGODB_URI``.

    Whosever the servers are, what is made on them has names of its own and is gone afterwards.
    """
    prefix = os.environ["TOPIC_PREFIX"] = f"bench-{uuid4().hex[:8]}."
    with tempfile.TemporaryDirectory() as directory, Stack.start(Path(directory), ports=Ports.free()) as stack:
        database = _database(stack)
        try:
            for figure in ON_SERVERS[name](stack):
                yield figure | {"database": database}
        finally:
            _clear(stack, prefix)


def _database(stack: Stack) -> str:
    part = stack.parts["mongodb"]
    with MongoClient[dict[str, Any]](part.url) as client:
        return f"{part.kind if part.server else 'MONGODB_URI'}, speaks as MongoDB {client.server_info()['version']}"


def _clear(stack: Stack, prefix: str) -> None:
    if stack.parts["mongodb"].server is None:
        with MongoClient[dict[str, Any]](stack.mongodb_uri) as client:
            for database in client.list_database_names():
                if database.startswith(prefix.replace(".", "-")):
                    client.drop_database(database)
    if stack.parts["kafka"].server is None:
        Prefixes(stack.kafka).discard(prefix)


if __name__ == "__main__":
    main()
