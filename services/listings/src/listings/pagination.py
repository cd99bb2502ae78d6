"""Pages of long collections over HTTP, and the response for a new resource."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Query
from pydantic import BaseModel

from shared.contract.events.fields import Id

View = TypeVar("View")


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


Found = TypeVar("Found", bound=_WithId)


class Page(BaseModel, Generic[View]):
    """Some of many, in order of their ids. ``next`` is the ``after`` of the next page, null on the last."""

    items: list[View]
    next: str | None


Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[Id | None, Query(description="the `next` of the previous page")]


def page_of(found: Sequence[Found], limit: int, view: Callable[[Found], View]) -> Page[View]:
    """A page of the results, which were queried with one more than ``limit``."""
    return Page(items=[view(item) for item in found[:limit]], next=found[limit - 1].id if len(found) > limit else None)


def created(view: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """For a route's ``responses``: the resource was created."""
    return {HTTPStatus.CREATED: {"model": view, "description": "Created"}}
