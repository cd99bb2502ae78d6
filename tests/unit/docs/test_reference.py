"""The generated reference pages: the committed files are what the code says."""

from pathlib import Path

import pytest

from reference import files, settings_page

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return files()


def test_the_settings_page_is_what_the_settings_say() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_page(), "run `make docs-reference`, and commit"


def test_the_metrics_page_is_what_the_metrics_say(generated: dict[str, str]) -> None:
    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == generated["metrics.md"], "run `make docs-reference`, and commit"


def test_the_access_page_is_what_the_routes_declare(generated: dict[str, str]) -> None:
    assert (DOCS / "access.md").read_text(encoding="utf-8") == generated["access.md"], "run `make docs-reference`, and commit"


def test_the_openapi_documents_are_what_the_services_serve(generated: dict[str, str]) -> None:
    committed = {f"openapi/{path.name}": path.read_text(encoding="utf-8") for path in (DOCS / "openapi").iterdir()}
    current = {name: content for name, content in generated.items() if name.startswith("openapi/")}
    different = [name for name in sorted(committed.keys() | current.keys()) if committed.get(name) != current.get(name)]
    assert not different, f"run `make docs-reference`, and commit what it changes: {', '.join(different)}"
