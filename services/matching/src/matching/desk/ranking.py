"""Reads ranking forms, which add, remove or move one person, reorder everybody, or set how many to take of a discipline. Pure."""

from collections.abc import Mapping
from itertools import chain, pairwise
from typing import Any, Final

from matching.rounds.domain.requests import HostRanking
from shared.web.pages.forms import Form

MOST_NAMED: Final = 200
"""The most people whom a page names for one listing."""

Ranks = list[list[str]]
"""Attendees by their rank, the best first. Those in one list share a rank."""


def moved(form: Form | None, stored: HostRanking | None) -> Ranks:
    """The attendees as ranked by the form; without a form, as stored."""
    ranks = stored.ranks() if stored else {}
    ids, tied = list(ranks), {id for before, id in pairwise(ranks) if ranks[before] == ranks[id]}
    if form is None:
        return _grouped(ids, tied)
    # The page may be outdated: people on it come in its order, followed by anybody else who is ranked.
    shown = {id: None for id in form.all("ranked") if id}
    added = [id for id in (form.get("add"), *form.all("added")) if id]
    ids = list(dict.fromkeys([*shown, *ids, *added]))
    grouped = _grouped(ids, (tied - shown.keys()) | (shown.keys() & form.all("tied")))
    for name, step in (("up", -1), ("down", 1)):
        if (one := form.get(name)) in ids:
            _move(one, step, grouped)
    gone = form.get("remove")
    return [rest for rank in grouped if (rest := [id for id in rank if id != gone])]


def _grouped(ids: list[str], tied: set[str]) -> Ranks:
    """``tied``: those who share the rank of the one before."""
    ranks: Ranks = []
    for id in ids:
        if id in tied and ranks:
            ranks[-1].append(id)
        else:
            ranks.append([id])
    return ranks


def _move(one: str, step: int, ranks: Ranks) -> None:
    """Move somebody one rank up or down. Who shares a rank gets one of their own beside it."""
    place = next(place for place, rank in enumerate(ranks) if one in rank)
    if len(ranks[place]) > 1:
        ranks[place].remove(one)
        ranks.insert(place + max(step, 0), [one])
    else:
        ranks.insert(max(0, place + step), ranks.pop(place))


def ranking_of(form: Form, stored: HostRanking | None) -> dict[str, Any]:
    """The ranking for the use case. Fields that are not in this form stay as stored."""
    kept: dict[str, Any] = stored.model_dump(include={"caps", "reserves", "reverts_to", "seats"}) if stored else {}
    if stored and (discipline := form.get("discipline")):
        return stored.model_dump() | {
            name: _with(getattr(stored, name), discipline, form.get(field))
            for name, field in (("caps", "most"), ("reserves", "least"))
        }
    if form.get("by") == "score":
        return kept | {"by": "score"}
    ranks = moved(form, stored)
    return kept | {"attendee_ids": list(chain.from_iterable(ranks)), "ties": [rank for rank in ranks if len(rank) > 1]}


def _with(counts: Mapping[str, int], discipline: str, count: str) -> dict[str, Any]:
    """The caps or reserves with this one; without one for the discipline if nothing is given."""
    others = {name: other for name, other in counts.items() if name != discipline}
    return others | ({discipline: count.strip()} if count.strip() else {})
