"""Renders the insight page, and holds the files that it needs."""

from hashlib import sha256
from importlib import resources
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from matching.insight.api import sentences as words
from matching.insight.api.sections import sections
from matching.insight.domain.figures import Insight

_MEDIA_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class InsightPage:
    """The page, for one conference or for all."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("matching", "templates/insight"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.assets: dict[str, tuple[bytes, str]] = {}
        """Content and media type of each file, by its name."""
        for directory in ("insight", "vendor"):
            for file in (resources.files("matching") / "static" / directory).iterdir():
                if media_type := _MEDIA_TYPES.get(file.name.rpartition(".")[2]):
                    self.assets[file.name] = file.read_bytes(), media_type
        # A new release has new addresses, so that no browser mixes two releases.
        self._addresses = {name: f"{name}?v={sha256(content).hexdigest()[:12]}" for name, (content, _) in self.assets.items()}

    def render(self, root: str, conference_id: str | None, name: str, insight: Insight | None, *, alone: bool = False) -> str:
        """The page as HTML.

        ``root``: the path prefix of the service; ``insight``: None before the first count; ``alone``: without a link to the page
        of all conferences, for those who cannot open it.
        """
        json = f"{root}/insight" if conference_id is None else f"{root}/conferences/{quote(conference_id)}/insight"
        return self._templates.get_template("page.html").render(
            root=root,
            asset=lambda name: f"{root}/insight/assets/{self._addresses[name]}",
            conference_id=conference_id,
            name=name,
            alone=alone,
            json=json,
            as_of=insight and insight.as_of,
            lead=insight and words.lead(insight),
            sections=sections(root, insight) if insight else [],
        )
