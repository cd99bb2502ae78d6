"""Style, scripts and pictures of a service's pages, under addresses that change with their content."""

from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from fastapi import Depends, Response

from shared.refusals import NotFound
from shared.web.access.guard import public
from shared.web.access.router import Router
from shared.web.pages.brand import Brand, style_sheet

_MEDIA_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


class Assets:
    """The files of a service: the site's, and its own in the package's ``static``.

    Each service serves its own copy, so that pages of one release never meet the style of another one while services are updated
    one after another.
    """

    def __init__(self, service: str) -> None:
        self.root: Final = f"/assets/{service}"
        self._files: dict[str, tuple[bytes, str]] = {}
        self._addresses: dict[str, str] = {}
        for package in ("shared.web.pages", service):
            self._add(files(package) / "static")

    def address(self, name: str) -> str:
        """Where browsers get this file, such as ``site.css``."""
        return self._addresses[name]

    def brand(self, brand: Brand) -> str:
        """Where browsers get the style sheet with this brand's colours."""
        return f"{self.root}/brand/{brand.colour.removeprefix('#')}.css"

    def router(self) -> Router:
        """``/assets/{service}/…``."""
        router = Router(
            include_in_schema=False, dependencies=[Depends(public("style and scripts, the same for everybody; no data"))]
        )

        @router.get(f"{self.root}/brand/{{colour}}.css")
        async def get_brand(colour: str) -> Response:
            """Return the colours of a brand as a style sheet: pages have no inline styles."""
            try:
                brand = Brand(colour=f"#{colour}")
            except ValueError:
                raise NotFound("file", f"{colour}.css") from None
            return Response(style_sheet(brand), media_type="text/css", headers=_FOREVER)

        @router.get(f"{self.root}/{{name}}")
        async def get_asset(name: str) -> Response:
            if name not in self._files:
                raise NotFound("file", name)
            content, media_type = self._files[name]
            return Response(content, media_type=media_type, headers=_FOREVER)

        return router

    def _add(self, directory: Traversable) -> None:
        if not directory.is_dir():
            return
        for file in directory.iterdir():
            stem, _, extension = file.name.rpartition(".")
            if file.is_dir():
                self._add(file)
            elif media_type := _MEDIA_TYPES.get(extension):
                if file.name in self._addresses:
                    raise ValueError(f"two files of pages are called {file.name}")
                content = file.read_bytes()
                hashed = f"{stem}.{sha256(content).hexdigest()[:12]}.{extension}"
                self._files[hashed] = content, media_type
                self._addresses[file.name] = f"{self.root}/{hashed}"
