"""The sources of the docs site: every page, with links that work there."""

from pathlib import Path

from site_pages import ROOT, pages, place_of, with_links_of_the_site


def test_the_readme_is_the_first_page_and_guides_keep_their_names() -> None:
    assert place_of(ROOT / "README.md") == Path("index.md")
    assert place_of(ROOT / "docs/decisions/README.md") == Path("decisions/README.md")
    assert len({place_of(page) for page in pages()}) == len(pages())


def test_links_lead_to_pages_of_the_site_and_others_become_text() -> None:
    readme = with_links_of_the_site(ROOT / "README.md")
    assert "](docs/" not in readme
    assert "](architecture.md)" in readme
    assert "[CHANGELOG.md](changelog.md)" in readme
    assert "](services)" not in readme
    assert "](services.svg)" in readme
    assert "](decisions/0002-one-batch-one-transaction.md)" in with_links_of_the_site(ROOT / "docs/architecture.md")


def test_openapi_documents_are_rendered() -> None:
    assert "(http/matching.html)" in with_links_of_the_site(ROOT / "docs/http.md")
