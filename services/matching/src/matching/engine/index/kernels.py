"""The loops over many listings, and over many candidates, as machine code.

``best`` takes a candidate in steps, each a plain loop: where numbers lie scattered, they are only gathered; what costs most,
the division, is done over numbers that lie side by side, so that the compiler does several at a time. What is called for each
candidate takes no slice of an array that threads share: slices are counted, and threads would wait for each other's counts.
"""

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiled import compiled
from matching.engine.index.arrays import (
    COUNTRIES,
    COUNTRY,
    DISCIPLINE,
    FAMILIAR,
    PERMITTED,
    CandidateArrays,
    Flags,
    Floats,
    Ints,
    ListingArrays,
    Longs,
    Shares,
)
from matching.engine.index.formula import IN_COMMON, MET, MILLION, SOME, add, fraction, hindered, millionths, tied
from matching.engine.index.lookups import has

STEP = 12
"""Scores are counted without so many of their bits: in steps of 0.004096."""

Places = NDArray[np.uint32]
"""Of listings; unsigned, as each access by an index that may be negative takes longer."""


@compiled
def best(
    listings: ListingArrays,
    candidates: CandidateArrays,
    masteries: Floats,
    places: Flags,
    shares: Shares,
    now: int,
    least: int,
    first: int,
    last: int,
    lists: Longs,
) -> None:
    """The best listings of each candidate from ``first`` to before ``last``, into ``lists``, (last - first, k).

    ``masteries``: by their numbers; ``places``: (sets of countries, countries); an entry of a list is 0, where there are no more,
    or ``millionths * SOME - listing``: the greater, the better.
    """
    n = len(listings.deadlines)
    sums, touched = np.zeros((n, 4)), np.empty(n + 1, np.uint32)
    attended = np.zeros(len(listings.conferences), np.bool_)
    fractions, scores = np.empty((2, n)), np.empty(n, np.int32)
    counts = np.empty((MILLION >> STEP) + 1, np.int32)
    lists[:] = 0
    for row in range(first, last):
        count = summed_up(listings, candidates, masteries, row, sums, touched)
        marks = marked(listings, candidates, row, attended)
        compared(listings, candidates, shares, row, sums, touched, count, attended, marks, fractions)
        scored(fractions, count, scores, counts)
        chosen(listings, candidates.facts, row, places, now, least, touched, count, scores, counts, lists, row - first)
        attended[:] = False


@compiled
def summed_up(
    listings: ListingArrays, candidates: CandidateArrays, masteries: Floats, row: int, sums: Floats, touched: Places
) -> int:
    """Sum up what a candidate has in common with each listing into ``sums``, (n, 4).

    Returns:
        With how many they have something, as the first of ``touched``, (n + 1,): one more is written to than there are.
    """
    count = 0
    for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
        term = candidates.terms[at]
        if term + 1 >= len(listings.postings):
            continue  # none asks for it
        mastery = masteries[candidates.masteries[at]]
        for posting in range(np.uint64(listings.postings[term]), np.uint64(listings.postings[term + 1])):
            listing = np.uint32(listings.asking[posting])
            touched[count] = listing  # without a branch, which would be guessed wrong too often
            count += sums[listing, IN_COMMON] == 0.0
            add(sums, listing, listings.requested_terms, posting, mastery)
    for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
        person = candidates.met[at]
        if listings.familiar[person & FAMILIAR]:
            posting = np.searchsorted(listings.mentors, person)
            while posting < len(listings.mentors) and listings.mentors[posting] == person:
                listing = np.uint32(listings.mentored[posting])
                touched[count] = listing
                count += not tied(sums, listing)
                sums[listing, MET] = 1.0
                posting += 1
    return count


@compiled
def marked(listings: ListingArrays, candidates: CandidateArrays, row: int, attended: Flags) -> int:
    """Note which conferences of listings the candidate ``attended``; their bits, as in the listings' marks."""
    marks = 0
    for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
        place = np.searchsorted(listings.conferences, candidates.conferences[at])
        if place < len(attended) and listings.conferences[place] == candidates.conferences[at]:
            attended[place] = True
            marks |= 1 << (place & 63)
    return marks


@compiled
def compared(
    listings: ListingArrays,
    candidates: CandidateArrays,
    shares: Shares,
    row: int,
    sums: Floats,
    touched: Places,
    count: int,
    attended: Flags,
    marks: int,
    fractions: Floats,
) -> None:
    """The scores of a candidate and the first ``count`` listings ``touched``, in their order, as ``fractions``, (2, n).

    ``sums`` is left empty.
    """
    discipline = candidates.facts[row, DISCIPLINE]
    slope = shares.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
    for at in range(count):
        listing = touched[at]
        mutual = shares.discipline * listings.suits[discipline, listing]
        if listings.marks[listing] & marks:
            for part in range(listings.at[listing], listings.at[listing + 1]):
                if attended[listings.takes_part[part]]:
                    mutual += shares.conference
                    break
        fractions[0, at], fractions[1, at] = fraction(sums, listing, slope, shares, mutual, listings.here[listing])
        for column in range(4):
            sums[listing, column] = 0.0


@compiled
def scored(fractions: Floats, count: int, scores: Ints, counts: Ints) -> None:
    """The first ``count`` of the ``scores``, (n,), in millionths, from their ``fractions``; ``counts``: how many of each step."""
    for at in range(count):
        scores[at] = millionths(fractions[0, at], fractions[1, at])
    counts[:] = 0
    for at in range(count):
        counts[scores[at] >> STEP] += 1


@compiled
def chosen(
    listings: ListingArrays,
    facts: Ints,
    row: int,
    places: Flags,
    now: int,
    least: int,
    touched: Places,
    count: int,
    scores: Ints,
    counts: Ints,
    lists: Longs,
    list: int,
) -> None:
    """The best of the first ``count`` listings ``touched`` into one of the ``lists``, (any, k); none that anything rules out.

    Looked at are those whose score is one of the 2k best, and only if these do not fill the list, all others.
    """
    k = lists.shape[1]
    step, better = len(counts), 0
    while better < 2 * k and step > 0:
        step -= 1
        better += counts[step]
    floor, ceiling = max(least, step << STEP), MILLION + 1
    while floor < ceiling and lists[list, k - 1] == 0:
        for at in range(count):
            if floor <= scores[at] < ceiling:
                listing = np.int64(touched[at])
                entry = np.int64(scores[at]) * SOME - listing
                country = listings.conditions[listing, COUNTRY]
                in_place, permitted = places[facts[row, COUNTRIES], country], places[facts[row, PERMITTED], country]
                free = not hindered(listings.conditions, listing, facts, row, in_place, permitted)
                if (entry > lists[list, k - 1]) & (listings.deadlines[listing] > now) & free:
                    place = k - 1
                    while place > 0 and lists[list, place - 1] < entry:
                        lists[list, place] = lists[list, place - 1]
                        place -= 1
                    lists[list, place] = entry
        floor, ceiling = least, floor


@compiled
def entered(
    listing: ListingArrays,
    terms: Ints,
    candidates: CandidateArrays,
    postings: Longs,
    rows: Ints,
    numbers: NDArray[np.uint16],
    indexed: int,
    masteries: Floats,
    allows: Flags,
    shares: Shares,
    least: Ints,
) -> tuple[Ints, Ints]:
    """The candidates whose score with one listing reaches their ``least``, (n,), and the scores.

    ``listing``: one, with its asks in the order of the terms' keys, which are ``terms``, (asks,); ``allows``: whether its
    country is in a set of countries, by the set's number. ``postings``, (terms + 1,), tells where the candidates who have a
    term begin in ``rows`` and ``numbers`` (of their masteries): those before row ``indexed``. The others are looked through
    one by one.
    """
    n = len(least)
    sums = np.zeros((n, 4))
    asked = np.full(terms.max() + 1 if len(terms) else 0, -1, np.int16)
    for ask in range(len(terms)):
        asked[terms[ask]] = ask
        if terms[ask] + 1 >= len(postings):
            continue  # only candidates who came later can have it
        for posting in range(postings[terms[ask]], postings[terms[ask] + 1]):
            add(sums, rows[posting], listing.requested_terms, ask, masteries[numbers[posting]])
    for row in range(indexed, n):
        for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
            term = candidates.terms[at]
            if term < len(asked) and asked[term] >= 0:
                add(sums, row, listing.requested_terms, asked[term], masteries[candidates.masteries[at]])
    few = np.uint64(0)  # a bit for each mentor: most of the persons met are told from them by it
    for mentor in listing.mentors:
        few |= np.uint64(1) << np.uint64(mentor & 63)
    if few:
        for row in range(n):
            for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
                person = candidates.met[at]
                if (few >> np.uint64(person & 63)) & np.uint64(1) and has(listing.mentors, person):
                    sums[row, MET] = 1.0

    found = np.empty(n, np.int32)
    scores = np.empty(n, np.int32)
    count = 0
    for row in range(n):
        if not tied(sums, row):
            continue
        facts = candidates.facts[row]
        mutual = shares.discipline * listing.suits[facts[DISCIPLINE], 0]
        for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
            if has(listing.conferences, candidates.conferences[at]):
                mutual += shares.conference
                break
        slope = shares.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
        reached = millionths(*fraction(sums, row, slope, shares, mutual, listing.here[0]))
        if reached < least[row]:
            continue
        if hindered(listing.conditions, 0, candidates.facts, row, allows[facts[COUNTRIES]], allows[facts[PERMITTED]]):
            continue
        found[count] = row
        scores[count] = reached
        count += 1
    return found[:count].copy(), scores[:count].copy()
