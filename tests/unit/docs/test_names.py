"""The guides name only what exists: settings, routes, commands, benchmarks, topics and event types."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import pytest

from shared.contract.paths import PATHS
from shared.contract.topics import SERVICES, TOPICS

ROOT: Final = Path(__file__).parents[3]
PAGES: Final = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/README.md"), *ROOT.glob("services/*/*/README.md")]
)
FOREIGN: Final = {
    *("ACK_FIRST", "EX_TEMPFAIL", "FORWARDED_ALLOW_IPS", "NACK_ON_ERROR", "SASL_PLAINTEXT", "SSL_CERT_FILE"),
    *("OTEL_RESOURCE_ATTRIBUTES", "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME", "COSIGN_KEY"),
}
"""Names in capitals that belong to other software, or to scripts."""
UNDOCUMENTED: Final = {"/", "/asyncapi", "/docs", "/docs/publish", "/metrics", "/openapi.json", "/redoc"}
"""Routes of every service, or of registration, that OpenAPI leaves out."""
INBOX: Final = "/api/messages"
"""Where the routes of the local inbox begin."""

_SPAN: Final = re.compile(r"`([^`\n]+)`")
_BLOCK: Final = re.compile(r"^ *```\w*\n(.*?)^ *```", re.M | re.S)
_CAPITALS: Final = re.compile(r"(?<![\w.$-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?!\w)")
_ROUTE: Final = re.compile(r"(?:(GET|PUT|POST|DELETE|PATCH) )?(/[\w{}/.-]*)")
_SITE: Final = re.compile(rf"/api(?:/(?:SERVICE|{'|'.join(SERVICES)}))?(?=/)")
"""Below which the site has the routes of a service."""
_URL: Final = re.compile(r"(?:http://127\.0\.0\.1:800\d|https://HOST|\$(?:REGISTRATION|LISTINGS|MATCHING))(/[^\s'\"`?)>]*)")
_MODULE: Final = re.compile(r"python -m ([a-z_][\w.]*)")
_DOTTED: Final = re.compile(r"(?:attendance|registration|listings|matching|notifications|shared)(?:\.[a-z_-]+)+(?:\.v\d+)?")


def names_of_pages(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(params=PAGES, ids=names_of_pages)
def text(request: pytest.FixtureRequest) -> str:
    page: Path = request.param
    return page.read_text(encoding="utf-8")


def test_every_setting_exists(text: str) -> None:
    named = {name for span in spans(text) for name in _CAPITALS.findall(span)}
    assert not named - settings() - FOREIGN


def test_every_route_exists(text: str) -> None:
    named = {route.groups() for span in spans(text) if (route := _ROUTE.match(span))} | {
        (None, path) for path in _URL.findall(text)
    }
    missing = [f"{method or ''} {path}" for method, path in named if not is_route(method, path)]
    assert not missing


def test_every_module_that_is_run_exists(text: str) -> None:
    missing = [name for name in _MODULE.findall(text) if name not in ("venv", "pip") and not is_module(name)]
    assert not missing


def test_every_benchmark_exists(text: str) -> None:
    benchmarks = set(re.findall(r'^    "(\w+)": ', (ROOT / "tests/bench/__main__.py").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"make bench ONLY=(\w+)", text)) <= benchmarks


def test_every_topic_and_event_type_exists(text: str) -> None:
    named = {span for span in spans(text) if _DOTTED.fullmatch(span)}
    assert not [name for name in named - topics_and_types() if not is_module(name)]


def test_the_picture_of_the_services_names_topics() -> None:
    picture = (ROOT / "docs/services.svg").read_text(encoding="utf-8")
    labels = {name for label in re.findall(r">([^<>]+)</text>", picture) for name in _DOTTED.findall(label)}
    assert labels
    assert labels <= topics_and_types()


def test_names_that_do_not_exist_are_found_out() -> None:
    assert "NO_SUCH_SETTING" not in settings()
    assert not is_route("DELETE", "/listings/{id}/publish")
    assert is_route("POST", "/listings/star-maps/publish")
    assert is_route(None, "/unsubscribe/")
    assert not is_route(None, "/no/such/route")
    assert not is_module("matching.no_such_module")


def spans(text: str) -> Iterator[str]:
    yield from _SPAN.findall(_BLOCK.sub("", text))


@lru_cache
def settings() -> frozenset[str]:
    """The services' settings, and the variables of Makefile, Compose, Dockerfile and the local stack."""
    rows = re.findall(r"^\| `([A-Z_]+)`(?: or `([A-Z_]+)`)?", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.M)
    documented = [name for names in rows for name in names if name]
    files = [
        ROOT / "Makefile",
        *ROOT.glob("tests/support/*.py"),
        *(
            file
            for file in (ROOT / "deploy").rglob("*")
            if file.suffix in (".py", ".yaml", ".example") or file.name == "Dockerfile"
        ),
    ]
    others = (name for file in files for name in re.findall(r"\b[A-Z][A-Z_]+\b", file.read_text(encoding="utf-8")))
    parts = (
        f"{part}_PORT" for part in ("KAFKA", "MONGODB", "SMTP", "INBOX", "REGISTRATION", "LISTINGS", "MATCHING", "NOTIFICATIONS")
    )
    return frozenset([*documented, *others, *parts])


@lru_cache
def routes() -> dict[str, set[str]]:
    """The methods of each path of the services."""
    found: dict[str, set[str]] = {}
    for document in sorted((ROOT / "docs/openapi").glob("*.json")):
        for path, methods in json.loads(document.read_text(encoding="utf-8"))["paths"].items():
            found.setdefault(path.rstrip("/"), set()).update(method.upper() for method in methods)
    # Also those that OpenAPI leaves out.
    for method, path in re.findall(r"^\| `([A-Z*]+) (/\S*)`", (ROOT / "docs/access.md").read_text(encoding="utf-8"), re.M):
        found.setdefault(path.rstrip("/"), set()).add(method)
    return found


def is_route(method: str | None, path: str) -> bool:
    """Whether a service has this route. A path that ends with a slash may be the beginning of one, as may a path of the site."""
    if path in UNDOCUMENTED or path.startswith(INBOX) or path in {one.prefix for one in PATHS}:
        return True
    segments = _SITE.sub("", path, count=1).rstrip("/").split("/")
    for known, methods in routes().items():
        template = known.split("/")
        beginning = template[: len(segments)] if path.endswith("/") else template
        fits = len(beginning) == len(segments) and all(
            expected == segment or expected.startswith("{") for expected, segment in zip(beginning, segments, strict=True)
        )
        if fits and (method is None or method in methods):
            return True
    return False


def is_module(name: str) -> bool:
    path = name.replace(".", "/")
    sources = [ROOT / "shared/src", ROOT / "tests", *ROOT.glob("services/*/src"), *ROOT.glob("deploy/*/src")]
    return any((source / f"{path}.py").is_file() or (source / path).is_dir() for source in sources)


@lru_cache
def topics_and_types() -> frozenset[str]:
    types = {type for topic in TOPICS for type in topic.types}
    return frozenset({topic.name for topic in TOPICS} | types | {type.rsplit(".", 1)[0] for type in types})
