"""The brands of conferences, and their logos."""

import re
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from registration.brands.repository import Logos
from registration.brands.use_cases import Branding, read_logo
from registration.conferences.repository import Conferences
from shared import text_patterns
from shared.contract.events.fields import Email, Id, PlainLine
from shared.contract.events.registration import ConferenceBrand
from shared.database.mongo import Database
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard, public
from shared.web.access.router import Router
from shared.web.problems import not_found
from shared.worded import Worded

_PICTURE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "an image of at most 1 MB and 4 million pixels",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}} for name in ("image/png", "image/jpeg", "image/webp")
        },
    }
}
_FILE: Final = re.compile(r"([0-9a-f]{64})\.png")


def _no_address(name: str) -> str:
    # Mail programs rightly warn about senders whose names look like other addresses.
    if "@" in name or "://" in name:
        raise ValueError(Worded("must be a name, not an address"))
    return name


Sender = Annotated[PlainLine, Field(max_length=60), AfterValidator(_no_address)]
Colour = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=text_patterns.COLOUR), Field(examples=["#0b6b63"])
]


class BrandSpec(BaseModel):
    """A conference's brand, without its logo. Omitted fields are as on the rest of the site."""

    model_config = ConfigDict(extra="forbid")

    colour: Colour | None = Field(default=None, description="of links and buttons; white text must be readable on it")
    sender: Sender | None = Field(default=None, description="the sender's name in mails about it")
    reply_to: Email | None = Field(
        default=None, description="where replies to these mails go: an address of the conference, not of a person"
    )


def create_router(guard: Guard, branding: Branding, conferences: Conferences, logos: Logos, database: Database) -> Router:
    """``/conferences/{id}/brand`` and ``/logos``."""
    router = Router(tags=["conferences"])
    Allowed = Annotated[Caller, Depends(guard("conferences", conference=True, people=True))]  # noqa: N806 - a type

    @router.get("/conferences/{id}/brand")
    async def get_brand(id: Id, caller: Allowed) -> ConferenceBrand:
        """Return a conference's brand. Fields that are null are as on the rest of the site."""
        guard.conference(caller, id)
        conference = await conferences.get(id)
        if conference is None:
            raise not_found("conference", id)
        return conference.brand or ConferenceBrand()

    @router.put("/conferences/{id}/brand")
    async def put_brand(id: Id, brand: BrandSpec, caller: Allowed) -> ConferenceBrand:
        """Set a conference's colour and sender, but not its logo. Repeating it changes nothing.

        A colour that is too light to be readable is refused, and the nearest readable one is suggested.
        """
        guard.conference(caller, id)
        return await database.transact(lambda tx: branding.put(id, brand.colour, brand.sender, brand.reply_to, tx))

    @router.put("/conferences/{id}/brand/logo", openapi_extra=_PICTURE)
    async def put_logo(id: Id, request: Request, caller: Allowed) -> ConferenceBrand:
        """Set a conference's logo: a PNG, JPEG or WebP image. It is stored as a PNG of at most 400 by 96 pixels."""
        guard.conference(caller, id)
        content = await read_logo(await request.body())
        return await database.transact(lambda tx: branding.put_logo(id, content, tx))

    @router.delete("/conferences/{id}/brand/logo")
    async def delete_logo(id: Id, caller: Allowed) -> ConferenceBrand:
        """Remove a conference's logo."""
        guard.conference(caller, id)
        return await database.transact(lambda tx: branding.put_logo(id, None, tx))

    anybody = public("logos, which pages show to everybody")

    @router.get("/logos/{file}", include_in_schema=False, dependencies=[Depends(anybody)])
    async def get_logo(file: str) -> Response:
        """Return a logo, under an address that changes with its content."""
        named = _FILE.fullmatch(file)
        content = await logos.get(named[1]) if named else None
        if content is None:
            raise not_found("file", file)
        return Response(content, media_type="image/png", headers={"Cache-Control": "public, max-age=31536000, immutable"})

    return router
