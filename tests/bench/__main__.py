"""``python -m bench [NAME]``: run the benchmarks, or one of them. What is printed besides the figures goes to standard error."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import (
    congestion,
    facts_growth,
    idle,
    ingest_csv,
    ingest_http,
    insight,
    latency,
    mail_memory,
    mail_render,
    mail_send,
    match_day,
    pipeline,
    rebuild,
    skills_coverage,
    skills_rate,
    topk,
    topk_bulk,
    topk_growth,
)
from local_stack import Ports, Stack
from shared.logging import configure_logging

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
    "mail_send": mail_send.mail_send,
    "mail_memory": mail_memory.mail_memory,
}
ALONE: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "match_day": match_day.match_day,
    "match_day_vs_matching": match_day.match_day_vs_matching,
    "skills_coverage": skills_coverage.skills_coverage,
    "skills_rate": skills_rate.skills_rate,
    "topk_attendee": topk.topk_attendee,
    "topk_opening": topk.topk_opening,
    "topk_bulk": topk_bulk.topk_bulk,
    "topk_growth": topk_growth.topk_growth,
    "congestion": congestion.congestion,
    "mail_render": mail_render.mail_render,
}
"""Those which need no servers."""


def main() -> None:
    chosen = sys.argv[1:] or [*ON_SERVERS, *ALONE]
    if unknown := [name for name in chosen if name not in ON_SERVERS and name not in ALONE]:
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {', '.join([*ON_SERVERS, *ALONE])}")
    configure_logging("bench", "critical", "console")  # to standard error: standard output is for the figures
    for name in chosen:
        for figure in ALONE[name]() if name in ALONE else _on_servers(name):
            print(json.dumps(figure), flush=True)


def _on_servers(name: str) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as directory, Stack.start(Path(directory), ports=Ports.free()) as stack:
        yield from ON_SERVERS[name](stack)


if __name__ == "__main__":
    main()
