"""The order in which an attendee sees their best matches: the best fit first, then different ones. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

from shared.contract.events.matching import Match

FIRST: Final = 5
"""How many matches are chosen to differ. Most people read no further."""

ALIKE: Final = 0.05
"""The share of its score that a match loses for each of host and main reason that an earlier one has, too."""


def in_order(matches: Sequence[Match], host_of: Callable[[Match], str], crowding_of: Callable[[Match], float]) -> list[Match]:
    """The matches, given by score, in the order in which they are shown. No match is added or left out.

    The best fit comes first, even if its score fell behind because of how many others each listing is recommended to. After it, a
    match waits behind one that scores up to a twentieth less for each of host and main reason that was seen before, as in
    maximal marginal relevance (Carbonell and Goldstein 1998).
    """
    rest, chosen = list(matches), list[Match]()
    seen: set[object] = set()
    while rest and len(chosen) < FIRST:
        if chosen:
            best = max(rest, key=lambda one: one.score * (1.0 - ALIKE * len(seen.intersection(_traits(one, host_of)))))
        else:
            best = max(rest, key=lambda one: one.score / (1.0 - crowding_of(one)))
        rest.remove(best)
        chosen.append(best)
        seen.update(_traits(best, host_of))
    return chosen + rest


def _traits(match: Match, host_of: Callable[[Match], str]) -> list[object]:
    """The host, and the main reason."""
    return [host_of(match), *((reason.kind, reason.term) for reason in match.reasons[:1])]
