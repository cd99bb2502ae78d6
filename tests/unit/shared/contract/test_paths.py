"""The site's paths: each is one service's, and every page of a service is on the site."""

import json
from pathlib import Path

import pytest

from shared.contract.caddyfile import caddyfile
from shared.contract.paths import HOME, PATHS, interface
from shared.contract.topics import SERVICES

OPENAPI = Path(__file__).parents[4] / "docs" / "openapi"


def pages(service: str) -> set[str]:
    """The routes of the service that answer with HTML, as documented."""
    document = json.loads((OPENAPI / f"{service}.json").read_text())
    return {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for answer in operation["responses"].values()
        if "text/html" in answer.get("content", {})
    }


def test_no_path_is_below_another() -> None:
    prefixes = [path.prefix for path in PATHS]
    assert len(set(prefixes)) == len(prefixes)
    assert not [(a, b) for a in prefixes for b in prefixes if a != b and f"{a}/".startswith(f"{b}/")]
    assert not [prefix for prefix in prefixes if f"{prefix}/".startswith("/api/")]


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "listings"])
def test_every_page_is_on_the_site(service: str) -> None:
    own = tuple(f"{path.prefix}/" for path in PATHS if path.service == service)
    assert pages(service)
    assert not {page for page in pages(service) if not f"{page}/".startswith(own)}


def test_services_are_divided_as_the_table_says() -> None:
    text = caddyfile("http://127.0.0.1:8000", {service: f"127.0.0.1:{port}" for port, service in enumerate(SERVICES, 1)})
    assert text.startswith("# Generated")
    assert "\nhttp://127.0.0.1:8000 {\n" in text
    front = next(path.service for path in PATHS if path.prefix == HOME)
    for port, service in enumerate(SERVICES, 1):
        assert f"handle_path {interface(service)}/* {{" in text
        assert text.count(f"reverse_proxy 127.0.0.1:{port} ") == 1 + any(path.service == service for path in PATHS) + (
            service == front
        )
