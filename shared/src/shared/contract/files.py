"""Writes the contract to files: JSON Schemas and examples of each event type, AsyncAPI documents of each service and of all.

``python -m shared.contract.files write DIRECTORY`` writes them. ``release`` also saves the schemas as those of the last release.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.contract.asyncapi import document
from shared.contract.compatibility import incompatibilities
from shared.contract.events import TYPES
from shared.contract.events.examples import EXAMPLES, Example
from shared.contract.schemas import schema
from shared.contract.topics import SERVICES


def cloud_event(name: str, example: Example) -> dict[str, Any]:
    """The example as a whole CloudEvent, in structured mode."""
    correlation = {"correlationid": example.correlation_id} if example.correlation_id else {}
    return {
        "specversion": "1.0",
        "id": example.id,
        "source": example.source,
        "type": name,
        "time": example.time,
        **correlation,
        "datacontenttype": "application/json",
        "data": example.data,
    }


def files() -> dict[Path, str]:
    """The content of all generated files, by their paths relative to the contract's directory."""
    return {Path(path): json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in _files()}


def _files() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in TYPES:
        yield f"schemas/{name}.json", schema(name)
        for number, example in enumerate(EXAMPLES.get(name, ())):
            yield f"examples/{name}{'.minimal' * (number > 0)}.json", cloud_event(name, example)
    for service in SERVICES:
        yield f"asyncapi/{service}.json", document(service)
    yield "asyncapi/opportunity-desk.json", document(*SERVICES)


def write(directory: Path) -> None:
    """Write the generated files, and delete those that are no longer generated."""
    current = files()
    for part in ("schemas", "examples", "asyncapi"):
        for path in (directory / part).glob("*"):
            if path.relative_to(directory) not in current:
                path.unlink()
    for path, content in current.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(content, encoding="utf-8")


def release(directory: Path) -> list[str]:
    """Save the current schemas as those of the last release, unless they break it. Returns the incompatibilities."""
    released = directory / "released"
    broken = [f"{name}: {fault}" for name in TYPES for fault in breaks(name, released)]
    if not broken:
        released.mkdir(parents=True, exist_ok=True)
        for name in TYPES:
            (released / f"{name}.json").write_text(files()[Path(f"schemas/{name}.json")], encoding="utf-8")
    return broken


def breaks(name: str, released: Path) -> list[str]:
    """The incompatibilities of the type's schema with its last release. A new type has none."""
    path = released / f"{name}.json"
    return incompatibilities(json.loads(path.read_text(encoding="utf-8")), schema(name)) if path.exists() else []


def main() -> None:
    """Run the command line."""
    match sys.argv[1:]:
        case ["write", directory]:
            write(Path(directory))
        case ["release", directory]:
            write(Path(directory))
            if broken := release(Path(directory)):
                sys.exit("\n".join(("Incompatible with the last release; add a new version of the type instead:", *broken)))
        case _:
            sys.exit("usage: python -m shared.contract.files write|release DIRECTORY")


if __name__ == "__main__":
    main()
