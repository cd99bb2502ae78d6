"""Reads ranking forms, which add, remove or move one person, or reorder everybody. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from matching.rounds.domain.requests import HostRanking
from shared.web.pages.forms import Form

MOST_NAMED: Final = 200
"""The most people whom a page names for one listing."""


def moved(form: Form | None, stored: HostRanking | None) -> Sequence[str]:
    """The attendees in the order given by the form; without a form, as stored."""
    ids = list(stored.attendee_ids or ()) if stored else []
    if form is None:
        return ids
    # The page may be outdated: people on it come in its order, followed by anybody else who is ranked.
    shown = [id for id in dict.fromkeys(form.all("ranked")) if id]
    ids = [*shown, *(id for id in ids if id not in set(shown))]
    if added := [id for id in (form.get("add"), *form.all("added")) if id and id not in ids]:
        ids += added
    if (gone := form.get("remove")) in ids:
        ids.remove(gone)
    for name, step in (("up", -1), ("down", 1)):
        if (one := form.get(name)) in ids:
            place = ids.index(one)
            other = min(max(place + step, 0), len(ids) - 1)
            ids[place], ids[other] = ids[other], ids[place]
    return ids


def ranking_of(form: Form, stored: HostRanking | None) -> dict[str, Any]:
    """The ranking for the use case. Fields that are not in this form stay as stored."""
    kept: dict[str, Any] = {"caps": dict(stored.caps), "reverts_to": stored.reverts_to, "seats": stored.seats} if stored else {}
    if form.get("by") == "score":
        return kept | {"by": "score"}
    return kept | {"attendee_ids": list(moved(form, stored))}
