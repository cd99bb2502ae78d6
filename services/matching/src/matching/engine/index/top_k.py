"""The compiled loops over many listings, and over many candidates.

``best`` processes a candidate in steps, each a plain loop. Numbers scattered in memory are only gathered. The division, which
costs most, runs over adjacent numbers, so that the compiler uses vector instructions. Functions that are called for each
candidate take no slices of arrays that threads share: slices are reference-counted, and threads would wait for that.
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
    Encounters,
    Flags,
    Floats,
    Ints,
    KernelWeights,
    ListingArrays,
    Longs,
    Postings,
)
from matching.engine.index.compiled_score import (
    ENTRY_SCALE,
    IN_COMMON,
    MET,
    MILLION,
    SUMS,
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
    sums, alike, touched = np.zeros((n, SUMS)), np.zeros(n), np.empty(n + 1, np.uint32)
    attended = np.zeros(len(listings.conferences), np.bool_)
    fractions, scores = np.empty((2, n)), np.empty(n, np.int32)
    counts = np.empty((MILLION >> STEP) + 1, np.int32)
    lists[:] = 0
    for row in range(first, last):
        count = sum_up(listings, candidates, masteries, row, sums, alike, touched)
        bits = mark_conferences(listings, candidates, row, attended)
        compute_fractions(listings, candidates, weights, row, sums, alike, touched, count, attended, bits, fractions)
        compute_scores(fractions, count, scores, counts)
        choose(listings, candidates.facts, row, allowed, now, least, touched, count, scores, counts, lists, row - first)
        attended[:] = False


@compiled
def sum_up(
    listings: ListingArrays,
    candidates: CandidateArrays,
    masteries: Floats,
    row: int,
    sums: Floats,
    alike: Floats,
    touched: Places,
) -> int:
    """Sum up what a candidate has in common with each listing: words in ``alike``, (n,), the rest in ``sums``, (n, SUMS).

    Returns:
        The number of listings with something in common. They are the first ones in ``touched``, (n + 1,), whose last place
        is only scratch space.
    """
    count = 0
    for at in range(candidates.word_starts[row], candidates.word_starts[row + 1]):
        word = candidates.words[at]
        if word + 1 >= len(listings.word_postings):
            continue  # no listing has it
        share = masteries[candidates.shares[at]]
        for posting in range(np.uint64(listings.word_postings[word]), np.uint64(listings.word_postings[word + 1])):
            listing = np.uint32(listings.word_listings[posting])
            touched[count] = listing  # without a branch, which the processor would often predict wrongly
            count += alike[listing] == 0.0
            alike[listing] += share * listings.word_weights[posting]
    for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
        term = candidates.terms[at]
        if term + 1 >= len(listings.postings):
            continue  # no listing asks for it
        mastery = masteries[candidates.masteries[at]]
        for posting in range(np.uint64(listings.postings[term]), np.uint64(listings.postings[term + 1])):
            listing = np.uint32(listings.posting_listings[posting])
            touched[count] = listing
            count += (sums[listing, IN_COMMON] == 0.0) & (alike[listing] == 0.0)
            add(sums, listing, listings.requested_terms, posting, mastery)
    for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
        person = candidates.met[at]
        if listings.mentor_bits[person & MENTOR_BITS]:
            posting = np.searchsorted(listings.mentors, person)
            while posting < len(listings.mentors) and listings.mentors[posting] == person:
                listing = np.uint32(listings.mentored_listings[posting])
                touched[count] = listing
                count += not is_match(sums, alike, listing)
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
    alike: Floats,
    touched: Places,
    count: int,
    attended: Flags,
    bits: int,
    fractions: Floats,
) -> None:
    """Compute a candidate's scores with the first ``count`` of the ``touched`` listings, as ``fractions``, (2, n).

    ``sums`` and ``alike`` are reset to 0.
    """
    discipline = candidates.facts[row, DISCIPLINE]
    slope = weights.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
    for at in range(count):
        listing = touched[at]
        mutual = weights.discipline * listings.fits_discipline[discipline, listing]
        if listings.conference_bits[listing] & bits:
            rarest = 0.0
            for place in range(listings.conference_starts[listing], listings.conference_starts[listing + 1]):
                if attended[listings.conference_places[place]]:
                    rarest = max(rarest, listings.conference_rarities[listings.conference_places[place]])
            mutual += weights.conference * rarest
        fractions[0, at], fractions[1, at] = fraction(
            sums, listing, alike[listing], slope, weights, mutual, listings.uncrowded[listing]
        )
        alike[listing] = 0.0
        for column in range(SUMS):
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
def slots(numbers: Ints) -> NDArray[np.int16]:
    """The place of each number in ``numbers``, or -1. Numbers beyond the end of the result have no place."""
    places = np.full(numbers.max() + 1 if len(numbers) else 0, -1, np.int16)
    for place in range(len(numbers)):
        places[numbers[place]] = place
    return places


@compiled
def entered(
    listing: ListingArrays,
    terms: Ints,
    words: Ints,
    candidates: CandidateArrays,
    of_terms: Postings,
    of_words: Postings,
    of_persons: Encounters,
    indexed: int,
    masteries: Floats,
    allowed: Flags,
    weights: KernelWeights,
    least: Ints,
) -> tuple[Ints, Ints]:
    """Find the candidates whose score with one listing reaches their ``least``, (n,).

    ``listing``: arrays of a single listing; ``terms`` and ``words``: its terms and words, in the order of their keys;
    ``allowed``: whether its country is in each set of countries. ``of_terms``, ``of_words`` and ``of_persons`` say which
    candidates have a term or word, or met a person, for the rows before ``indexed``; other rows are searched one by one.

    Returns:
        The rows, and their scores in millionths.
    """
    n = len(least)
    sums, alike = np.zeros((n, SUMS)), np.zeros(n)
    for slot in range(len(words)):
        if words[slot] + 1 < len(of_words.starts):  # otherwise, no indexed candidate has it
            weight = listing.word_weights[slot]
            for posting in range(np.uint64(of_words.starts[words[slot]]), np.uint64(of_words.starts[words[slot] + 1])):
                alike[np.uint32(of_words.rows[posting])] += masteries[of_words.masteries[posting]] * weight
    for slot in range(len(terms)):
        if terms[slot] + 1 < len(of_terms.starts):
            for posting in range(of_terms.starts[terms[slot]], of_terms.starts[terms[slot] + 1]):
                add(sums, of_terms.rows[posting], listing.requested_terms, slot, masteries[of_terms.masteries[posting]])
    for mentor in listing.mentors:
        at = np.searchsorted(of_persons.persons, mentor)
        while at < len(of_persons.persons) and of_persons.persons[at] == mentor:
            sums[of_persons.rows[at], MET] = 1.0
            at += 1
    slots_of_terms, slots_of_words = slots(terms), slots(words)
    for row in range(indexed, n):
        for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
            term = candidates.terms[at]
            if term < len(slots_of_terms) and slots_of_terms[term] >= 0:
                add(sums, row, listing.requested_terms, slots_of_terms[term], masteries[candidates.masteries[at]])
        for at in range(candidates.word_starts[row], candidates.word_starts[row + 1]):
            word = candidates.words[at]
            if word < len(slots_of_words) and slots_of_words[word] >= 0:
                alike[row] += masteries[candidates.shares[at]] * listing.word_weights[slots_of_words[word]]
        for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
            if contains(listing.mentors, candidates.met[at]):
                sums[row, MET] = 1.0

    found = np.empty(n, np.int32)
    scores = np.empty(n, np.int32)
    count = 0
    for row in range(n):
        if not is_match(sums, alike, row):
            continue
        if sums[row, IN_COMMON] == 0.0:  # most have only some words in common, which do not suffice
            most = weights.discipline + weights.conference + weights.met * sums[row, MET] + weights.similarity * alike[row]
            if most * listing.uncrowded[0] * MILLION + 1.0 < least[row]:
                continue
        facts = candidates.facts[row]
        mutual = weights.discipline * listing.fits_discipline[facts[DISCIPLINE], 0]
        rarest = 0.0
        for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
            for place in range(len(listing.conferences)):
                if listing.conferences[place] == candidates.conferences[at]:
                    rarest = max(rarest, listing.conference_rarities[place])
        mutual += weights.conference * rarest
        slope = weights.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
        score = millionths(*fraction(sums, row, alike[row], slope, weights, mutual, listing.uncrowded[0]))
        if score < least[row]:
            continue
        if ruled_out(listing.conditions, 0, candidates.facts, row, allowed[facts[COUNTRIES]], allowed[facts[PERMITTED]]):
            continue
        found[count] = row
        scores[count] = score
        count += 1
    return found[:count].copy(), scores[:count].copy()
