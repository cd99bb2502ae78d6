"""Versions in HTTP: a response says which one it shows, a command which one its client saw (RFC 9110, 13.1.1)."""

import re
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Header, Response

from shared.web.problems import Problem

_TAG: Final = re.compile(r'"([1-9][0-9]{0,8})"')


def show_version(response: Response, version: int) -> None:
    """Give the response its ETag. It must not be cached: it is about people, and it changes."""
    response.headers["ETag"] = f'"{version}"'
    response.headers["Cache-Control"] = "no-store"


async def _optional(
    if_match: Annotated[str | None, Header(description="the ETag that you last saw; 412 if it has changed since")] = None,
) -> int | None:
    if if_match is None:
        return None
    tag = _TAG.fullmatch(if_match.strip())
    if tag is None:
        shown = "a version in quotes, like the ETag of the last response"
        raise Problem(HTTPStatus.PRECONDITION_FAILED, f'must be {shown}: "3"', "If-Match")
    return int(tag[1])


async def _required(version: Annotated[int | None, Depends(_optional)]) -> int:
    if version is None:
        detail = "is missing; send the ETag of the last response, so that no change goes unseen"
        raise Problem(HTTPStatus.PRECONDITION_REQUIRED, detail, "If-Match")
    return version


IfMatch = Annotated[int, Depends(_required)]
"""The version that the client saw. Without it, the response is 428."""
OptionalIfMatch = Annotated[int | None, Depends(_optional)]
"""The version that the client saw; None: any."""
