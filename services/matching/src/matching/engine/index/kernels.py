"""The loops over many openings, and over many candidates, as machine code."""

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
    Longs,
    OpeningArrays,
    Shares,
)
from matching.engine.index.formula import (
    ENCOUNTER,
    MILLION,
    NOTHING,
    SOME,
    TERM,
    TIE,
    add,
    hindered,
    millionths,
    score,
)
from matching.engine.index.lookups import has
from matching.engine.index.names import NEVER


@compiled
def best(
    openings: OpeningArrays,
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
    """The best openings of each candidate from ``first`` to before ``last``, into ``lists``, (last - first, k).

    ``masteries``: by their numbers; ``places``: (sets of countries, countries); an entry of a list is 0, where there are no more,
    or ``millionths * SOME - opening``: the greater, the better.
    """
    n = len(openings.deadlines)
    sums, touched, scores = np.zeros((n, 4)), np.empty(n + 1, np.uint32), np.empty(n)
    attended = np.zeros(len(openings.conferences), np.bool_)
    lists[:] = 0
    for row in range(first, last):
        count = summed_up(openings, candidates, masteries, row, sums, touched)
        scored(openings, candidates, shares, row, sums, touched[:count], attended, scores)
        chosen(openings, candidates.facts, row, places, now, least, touched[:count], scores, lists, row - first)


@compiled
def summed_up(
    openings: OpeningArrays, candidates: CandidateArrays, masteries: Floats, row: int, sums: Floats, touched: NDArray[np.uint32]
) -> int:
    """Sum up what a candidate has in common with each opening into ``sums``, (n, 4).

    Returns:
        With how many they have something, as the first of ``touched``, (n + 1,): one more is written to than there are.
    """
    count = 0
    for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
        term = candidates.terms[at]
        if term + 1 >= len(openings.postings):
            continue  # none asks for it
        mastery = masteries[candidates.masteries[at]]
        for posting in range(np.uint64(openings.postings[term]), np.uint64(openings.postings[term + 1])):
            opening = np.uint32(openings.asking[posting])
            touched[count] = opening  # without a branch, which would be guessed wrong too often
            count += sums[opening, TIE] == NOTHING
            sums[opening, TIE] = TERM
            add(sums, opening, openings.asks, posting, mastery)
    for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
        person = candidates.met[at]
        if openings.familiar[person & FAMILIAR]:
            posting = np.searchsorted(openings.mentors, person)
            while posting < len(openings.mentors) and openings.mentors[posting] == person:
                opening = np.uint32(openings.mentored[posting])
                touched[count] = opening
                count += sums[opening, TIE] == NOTHING
                sums[opening, TIE] = ENCOUNTER
                posting += 1
    return count


@compiled
def scored(
    openings: OpeningArrays,
    candidates: CandidateArrays,
    shares: Shares,
    row: int,
    sums: Floats,
    touched: NDArray[np.uint32],
    attended: Flags,
    scores: Floats,
) -> None:
    """The scores of a candidate and the openings ``touched``, in their order. ``sums`` and ``attended`` are left empty."""
    marks = 0
    for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
        place = np.searchsorted(openings.conferences, candidates.conferences[at])
        if place < len(attended) and openings.conferences[place] == candidates.conferences[at]:
            attended[place] = True
            marks |= 1 << (place & 63)
    suits = openings.suits[candidates.facts[row, DISCIPLINE]]
    slope = shares.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
    for at in range(len(touched)):
        opening = touched[at]
        mutual = shares.discipline * suits[opening]
        if sums[opening, TIE] == ENCOUNTER:
            mutual += shares.met
        if openings.marks[opening] & marks:
            for part in range(openings.at[opening], openings.at[opening + 1]):
                if attended[openings.takes_part[part]]:
                    mutual += shares.conference
                    break
        scores[at] = score(sums, opening, slope, shares.content, mutual, openings.here[opening])
        for column in range(4):
            sums[opening, column] = NOTHING
    attended[:] = False


@compiled
def chosen(
    openings: OpeningArrays,
    facts: Ints,
    row: int,
    places: Flags,
    now: int,
    least: int,
    touched: NDArray[np.uint32],
    scores: Floats,
    lists: Longs,
    list: int,
) -> None:
    """The best of the openings ``touched`` into one of the ``lists``, (any, k), by their scores; none that anything rules out."""
    k = lists.shape[1]
    worst = least * SOME - SOME  # the entry that another one has to be greater than
    hopeless = (least - 1) / MILLION  # so that most need not be looked at
    for at in range(len(touched)):
        if scores[at] >= hopeless:
            opening = np.int64(touched[at])
            entry = millionths(scores[at]) * SOME - opening
            country = openings.conditions[opening, COUNTRY]
            in_place, permitted = places[facts[row, COUNTRIES], country], places[facts[row, PERMITTED], country]
            free = not hindered(openings.conditions, opening, facts, row, in_place, permitted)
            if (entry > worst) & (openings.deadlines[opening] > now) & free:
                place = k - 1
                while place > 0 and lists[list, place - 1] < entry:
                    lists[list, place] = lists[list, place - 1]
                    place -= 1
                lists[list, place] = entry
                if lists[list, k - 1] > 0:
                    worst = lists[list, k - 1]
                    hopeless = (worst // SOME - 1) / MILLION


@compiled
def entered(
    opening: OpeningArrays,
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
    """The candidates whose score with one opening reaches their ``least``, (n,), and the scores.

    ``opening``: one, with its asks in the order of the terms' keys, which are ``terms``, (asks,); ``allows``: whether its
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
            sums[rows[posting], TIE] = TERM
            add(sums, rows[posting], opening.asks, ask, masteries[numbers[posting]])
    for row in range(indexed, n):
        for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
            term = candidates.terms[at]
            if term < len(asked) and asked[term] >= 0:
                sums[row, TIE] = TERM
                add(sums, row, opening.asks, asked[term], masteries[candidates.masteries[at]])
    few = np.uint64(0)  # a bit for each mentor: most of the persons met are told from them by it
    for mentor in opening.mentors:
        few |= np.uint64(1) << np.uint64(mentor & 63)
    if few:
        for row in range(n):
            for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
                person = candidates.met[at]
                if (few >> np.uint64(person & 63)) & np.uint64(1) and has(opening.mentors, person):
                    sums[row, TIE] = ENCOUNTER

    found = np.empty(n, np.int32)
    scores = np.empty(n, np.int32)
    count = 0
    for row in range(n):
        if sums[row, TIE] == NOTHING or least[row] == NEVER:
            continue
        mutual = 0.0
        facts = candidates.facts[row]
        if sums[row, TIE] == ENCOUNTER:
            mutual += shares.met
        if opening.suits[facts[DISCIPLINE], 0]:
            mutual += shares.discipline
        for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
            if has(opening.conferences, candidates.conferences[at]):
                mutual += shares.conference
                break
        slope = shares.content / candidates.strongest[row] if candidates.strongest[row] > 0.0 else 0.0
        reached = score(sums, row, slope, shares.content, mutual, opening.here[0])
        if not reached > 0.0 or millionths(reached) < least[row]:
            continue
        if hindered(opening.conditions, 0, candidates.facts, row, allows[facts[COUNTRIES]], allows[facts[PERMITTED]]):
            continue
        found[count] = row
        scores[count] = millionths(reached)
        count += 1
    return found[:count].copy(), scores[:count].copy()
