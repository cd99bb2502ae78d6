"""``python docs/site_pages.py`` prepares the sources of the docs site in ``.local/docs``; ``make docs`` then builds it.

The site has what is in ``docs``, the README as its first page, and the HTTP reference, rendered from the OpenAPI documents.
A link to a file that is not on the site becomes plain text.
"""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Final

import fastapi_offline

from shared.contract.topics import SERVICES

ROOT: Final = Path(__file__).parents[1]
SITE: Final = ROOT / ".local/docs/source"
_PAGES: Final = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_ELSEWHERE: Final = re.compile(r"[a-z]+:|//|#")
_LOOK: Final = (ROOT / "docs/site.css", ROOT / "shared/src/shared/web/pages/static/mark.svg")
_REDOC: Final = Path(fastapi_offline.__file__).parent / "static/redoc.standalone.js"
_HTML: Final = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body style="margin: 0"><div id="reference"></div><script src="redoc.standalone.js"></script>
<script>Redoc.init({document}, {{}}, document.getElementById("reference"))</script></body>
</html>
"""


def prepare() -> None:
    """Write the sources anew."""
    shutil.rmtree(SITE, ignore_errors=True)
    for page in pages():
        target = SITE / place_of(page)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(with_links_of_the_site(page), encoding="utf-8")
    for picture in pictures():
        shutil.copy(picture, SITE / place_of(picture))
    for file in _LOOK:
        shutil.copy(file, SITE)
    (SITE / "http").mkdir()
    shutil.copy(_REDOC, SITE / "http")
    for service in SERVICES:
        (SITE / f"http/{service}.html").write_text(_reference(service), encoding="utf-8")


def pages() -> list[Path]:
    return [*(ROOT / name for name in _PAGES), *sorted((ROOT / "docs").rglob("*.md"))]


def pictures() -> list[Path]:
    return sorted((ROOT / "docs").glob("*.svg"))


def place_of(page: Path) -> Path:
    """The place on the site of a page or picture."""
    name = str(page.relative_to(ROOT))
    return Path(_PAGES.get(name) or name.removeprefix("docs/"))


def with_links_of_the_site(page: Path) -> str:
    """The page's text, with links that work on the site."""
    known = {path.resolve(): place_of(path) for path in [*pages(), *pictures()]}

    def adapted(link: re.Match[str]) -> str:
        text, target = link.groups()
        if _ELSEWHERE.match(target):
            return link[0]
        name, _, heading = target.partition("#")
        path = (page.parent / name).resolve()
        if path.parent == ROOT / "docs/openapi":
            place = Path(f"http/{path.stem}.html")
        elif path in known:
            place = known[path]
        else:
            return text
        relative = os.path.relpath(place, place_of(page).parent)
        return f"[{text}]({relative}{'#' if heading else ''}{heading})"

    return _LINK.sub(adapted, page.read_text(encoding="utf-8"))


def _reference(service: str) -> str:
    document = json.loads((ROOT / f"docs/openapi/{service}.json").read_text(encoding="utf-8"))
    # No text of the document may end the script.
    return _HTML.format(title=document["info"]["title"], document=json.dumps(document).replace("<", "\\u003c"))


if __name__ == "__main__":
    prepare()
