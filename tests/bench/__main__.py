"""``python -m bench [NAME]``: run the benchmarks, or one of them. What is printed besides the figures goes to standard error."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import idle, ingest_csv, ingest_http, latency, pipeline
from local_stack import Ports, Stack
from shared.logging import configure_logging

BENCHMARKS: dict[str, Callable[[Stack], Iterator[dict[str, Any]]]] = {
    "pipeline": pipeline.pipeline,
    "pipeline_vs_usual": pipeline.pipeline_vs_usual,
    "ingest_http": ingest_http.ingest_http,
    "ingest_csv": ingest_csv.ingest_csv,
    "latency": latency.latency,
    "idle": idle.idle,
}


def main() -> None:
    chosen = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in chosen if name not in BENCHMARKS]:
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    configure_logging("bench", "critical", "console")  # to standard error: standard output is for the figures
    for name in chosen:
        with tempfile.TemporaryDirectory() as directory, Stack.start(Path(directory), ports=Ports.free()) as stack:
            for figure in BENCHMARKS[name](stack):
                print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
