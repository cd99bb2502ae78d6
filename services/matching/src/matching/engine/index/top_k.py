"""The compiled loops over many listings, and over many candidates.

``best`` works on a candidate in steps, each a plain loop. Numbers that are scattered in memory are only gathered; the division,
which costs most, runs over numbers that are adjacent, so that the compiler uses vector instructions. Functions that are called
for each candidate take no slices of arrays that threads share: slices are reference-counted, and threads would wait for that.
"""

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import (
    COUNTRIES,
    COUNTRY,
    DISCIPLINE,
    MENTOR_BITS,
    PERMITTED,
    CandidateArrays,
    Flags,
    Floats,
    Ints,
    KernelWeights,
    ListingArrays,
    Longs,
)
from matching.engine.index.compiled_score import (
    ENTRY_SCALE,
    IN_COMMON,
    MET,
    MILLION,
    add,
    fraction,
    is_match,
    millionths,
    ruled_out,
)
from matching.engine.index.lookups import contains
from matching.engine.machine_code import compiled

STEP = 12
"""Scores are counted without their lowest 12 bits, in steps of 0.004096."""

Places = NDArray[np.uint32]
"""Places of listings. Unsigned, because an access by an index that may be negative takes longer."""


@compiled
def best(
    listings: ListingArrays,
    candidates: CandidateArrays,
    masteries: Floats,
    allowed: Flags,
    weights: KernelWeights,
    now: int,
    least: int,
    first: int,
    last: int,
    lists: Longs,
) -> None:
    """Find the best listings of the candidates from ``first`` to before ``last``, and store them in ``lists``, (last - first, k).

    ``masteries``: by their numbers; ``allowed``: (sets of countries, countries); ``least``: the lowest score, in millionths. An
    entry of a list is ``millionths * ENTRY_SCALE - listing``, or 0 where the list has no more.
    """
    n = len(listings.deadlines)
    sums, touched = np.zeros((n, 4)), np.empty(n + 1, np.uint32)
    attended = np.zeros(len(listings.conferences), np.bool_)
    fractions, scores = np.empty((2, n)), np.empty(n, np.int32)
    counts = np.empty((MILLION >> STEP) + 1, np.int32)
    lists[:] = 0
    for row in range(first, last):
        count = sum_up(listings, candidates, masteries, row, sums, touched)
        bits = mark_conferences(listings, candidates, row, attended)
        compute_fractions(listings, candidates, weights, row, sums, touched, count, attended, bits, fractions)
        compute_scores(fractions, count, scores, counts)
        choose(listings, candidates.facts, row, allowed, now, least, touched, count, scores, counts, lists, row - first)
        attended[:] = False


@compiled
def sum_up(
    listings: ListingArrays, candidates: CandidateArrays, masteries: Floats, row: int, sums: Floats, touched: Places
) -> int:
    """Sum up what a candidate has in common with each listing in ``sums``, (n, 4).

    Returns:
        How many listings they have something in common with. These are the first of ``touched``, (n + 1,): the last place
        is only there to be written to.
    """
    count = 0
    for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
        term = candidates.terms[at]
        if term + 1 >= len(listings.postings):
            continue  # no listing asks for it
        mastery = masteries[candidates.masteries[at]]
        for posting in range(np.uint64(listings.postings[term]), np.uint64(listings.postings[term + 1])):
            listing = np.uint32(listings.posting_listings[posting])
            touched[count] = listing  # without a branch, which the processor would often predict wrongly
            count += sums[listing, IN_COMMON] == 0.0
            add(sums, listing, listings.requested_terms, posting, mastery)
    for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
        person = candidates.met[at]
        if listings.mentor_bits[person & MENTOR_BITS]:
            posting = np.searchsorted(listings.mentors, person)
            while posting < len(listings.mentors) and listings.mentors[posting] == person:
                listing = np.uint32(listings.mentored_listings[posting])
                touched[count] = listing
                count += not is_match(sums, listing)
                sums[listing, MET] = 1.0
                posting += 1
    return count


@compiled
def mark_conferences(listings: ListingArrays, candidates: CandidateArrays, row: int, attended: Flags) -> int:
    """Mark in ``attended`` which of the listings' conferences the candidate took part in.

    Returns:
        The bits of these conferences, as in ``ListingArrays.conference_bits``.
    """
    bits = 0
    for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
        place = np.searchsorted(listings.conferences, candidates.conferences[at])
        if place < len(attended) and listings.conferences[place] == candidates.conferences[at]:
            attended[place] = True
            bits |= 1 << (place & 63)
    return bits


@compiled
def compute_fractions(
    listings: ListingArrays,
    candidates: CandidateArrays,
    weights: KernelWeights,
    row: int,
    sums: Floats,
    touched: Places,
    count: int,
    attended: Flags,
    bits: int,
    fractions: Floats,
) -> None:
    """Compute a candidate's scores with the first ``count`` of the ``touched`` listings, as ``fractions``, (2, n).

    ``sums`` is reset to 0.
    """
    discipline = candidates.facts[row, DISCIPLINE]
    slope = weights.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
    for at in range(count):
        listing = touched[at]
        mutual = weights.discipline * listings.fits_discipline[discipline, listing]
        if listings.conference_bits[listing] & bits:
            for place in range(listings.conference_starts[listing], listings.conference_starts[listing + 1]):
                if attended[listings.conference_places[place]]:
                    mutual += weights.conference
                    break
        fractions[0, at], fractions[1, at] = fraction(sums, listing, slope, weights, mutual, listings.uncrowded[listing])
        for column in range(4):
            sums[listing, column] = 0.0


@compiled
def compute_scores(fractions: Floats, count: int, scores: Ints, counts: Ints) -> None:
    """Turn the first ``count`` of the ``fractions`` into ``scores`` in millionths, and count how many are in each step."""
    for at in range(count):
        scores[at] = millionths(fractions[0, at], fractions[1, at])
    counts[:] = 0
    for at in range(count):
        counts[scores[at] >> STEP] += 1


@compiled
def choose(
    listings: ListingArrays,
    facts: Ints,
    row: int,
    allowed: Flags,
    now: int,
    least: int,
    touched: Places,
    count: int,
    scores: Ints,
    counts: Ints,
    lists: Longs,
    list: int,
) -> None:
    """Store the best of the first ``count`` of the ``touched`` listings in one of the ``lists``, (any, k), unless ruled out.

    Only the listings with the 2k best scores are examined first. If they do not fill the list, all others are, too.
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
                entry = np.int64(scores[at]) * ENTRY_SCALE - listing
                country = listings.conditions[listing, COUNTRY]
                in_place, permitted = allowed[facts[row, COUNTRIES], country], allowed[facts[row, PERMITTED], country]
                possible = not ruled_out(listings.conditions, listing, facts, row, in_place, permitted)
                if (entry > lists[list, k - 1]) & (listings.deadlines[listing] > now) & possible:
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
    allowed: Flags,
    weights: KernelWeights,
    least: Ints,
) -> tuple[Ints, Ints]:
    """Find the candidates whose score with one listing reaches their ``least``, (n,).

    ``listing``: arrays of a single one; ``terms``: its terms, in the order of their keys; ``allowed``: whether its country is in
    each set of countries. ``postings``, (terms + 1,), tells where the candidates who have a term begin in ``rows``, with their
    masteries in ``numbers``; it covers the rows before ``indexed``, and the others are searched one by one.

    Returns:
        The rows, and their scores in millionths.
    """
    n = len(least)
    sums = np.zeros((n, 4))
    slots = np.full(terms.max() + 1 if len(terms) else 0, -1, np.int16)
    for slot in range(len(terms)):
        slots[terms[slot]] = slot
        if terms[slot] + 1 >= len(postings):
            continue  # no indexed candidate has it
        for posting in range(postings[terms[slot]], postings[terms[slot] + 1]):
            add(sums, rows[posting], listing.requested_terms, slot, masteries[numbers[posting]])
    for row in range(indexed, n):
        for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
            term = candidates.terms[at]
            if term < len(slots) and slots[term] >= 0:
                add(sums, row, listing.requested_terms, slots[term], masteries[candidates.masteries[at]])
    mentor_bits = np.uint64(0)  # the lowest 6 bits of each mentor's hash: they tell most persons from mentors without a search
    for mentor in listing.mentors:
        mentor_bits |= np.uint64(1) << np.uint64(mentor & 63)
    if mentor_bits:
        for row in range(n):
            for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
                person = candidates.met[at]
                if (mentor_bits >> np.uint64(person & 63)) & np.uint64(1) and contains(listing.mentors, person):
                    sums[row, MET] = 1.0

    found = np.empty(n, np.int32)
    scores = np.empty(n, np.int32)
    count = 0
    for row in range(n):
        if not is_match(sums, row):
            continue
        facts = candidates.facts[row]
        mutual = weights.discipline * listing.fits_discipline[facts[DISCIPLINE], 0]
        for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
            if contains(listing.conferences, candidates.conferences[at]):
                mutual += weights.conference
                break
        slope = weights.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
        score = millionths(*fraction(sums, row, slope, weights, mutual, listing.uncrowded[0]))
        if score < least[row]:
            continue
        if ruled_out(listing.conditions, 0, candidates.facts, row, allowed[facts[COUNTRIES]], allowed[facts[PERMITTED]]):
            continue
        found[count] = row
        scores[count] = score
        count += 1
    return found[:count].copy(), scores[:count].copy()
