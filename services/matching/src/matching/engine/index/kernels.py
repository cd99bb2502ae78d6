"""The loops over many openings, and over many candidates, as machine code."""

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiled import compiled
from matching.engine.index.arrays import (
    COUNTRIES,
    COUNTRY,
    DISCIPLINE,
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
    IN_COMMON,
    MILLION,
    NOTHING,
    OF_DEMAND,
    OF_TERMS,
    SOME,
    TERM,
    TIE,
    add,
    hindered,
    millionths,
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
    sums = np.zeros((len(openings.deadlines), 4))
    touched = np.empty(len(openings.deadlines), np.int32)
    attended = np.zeros(len(openings.conferences), np.bool_)
    k = lists.shape[1]
    lists[:] = 0
    for row in range(first, last):
        count = 0
        for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
            term = candidates.terms[at]
            if term + 1 >= len(openings.postings):
                continue  # none asks for it
            mastery = masteries[candidates.masteries[at]]
            for posting in range(openings.postings[term], openings.postings[term + 1]):
                opening = openings.asking[posting]
                if sums[opening, TIE] == NOTHING:
                    sums[opening, TIE] = TERM
                    touched[count] = opening
                    count += 1
                add(sums[opening], openings.asks[posting], mastery)
        for at in range(candidates.met_starts[row], candidates.met_starts[row + 1]):
            person = candidates.met[at]
            posting = np.searchsorted(openings.mentors, person)
            while posting < len(openings.mentors) and openings.mentors[posting] == person:
                opening = openings.mentored[posting]
                if sums[opening, TIE] == NOTHING:
                    touched[count] = opening
                    count += 1
                sums[opening, TIE] = ENCOUNTER
                posting += 1
        marks = 0
        for at in range(candidates.conference_starts[row], candidates.conference_starts[row + 1]):
            place = np.searchsorted(openings.conferences, candidates.conferences[at])
            if place < len(attended) and openings.conferences[place] == candidates.conferences[at]:
                attended[place] = True
                marks |= 1 << (place & 63)

        facts = candidates.facts[row]
        suits = openings.suits[facts[DISCIPLINE]]
        strongest = candidates.strongest[row]
        slope = shares.content / strongest if strongest > 0.0 else 0.0
        list = lists[row - first]
        worst = least * SOME - SOME  # the entry that another one has to be greater than
        hopeless = (least - 1) / MILLION
        for at in range(count):
            opening = touched[at]
            pair = sums[opening]
            mutual = shares.met if pair[TIE] == ENCOUNTER else 0.0
            if suits[opening]:
                mutual += shares.discipline
            if openings.marks[opening] & marks:
                for part in range(openings.at[opening], openings.at[opening + 1]):
                    if attended[openings.takes_part[part]]:
                        mutual += shares.conference
                        break
            # Most are told from the best without a division.
            b = mutual + pair[OF_DEMAND] + pair[OF_TERMS]
            a = mutual + pair[OF_DEMAND] + min(shares.content, slope * pair[IN_COMMON])
            if 2.0 * openings.here[opening] * a * b >= hopeless * (a + b):
                score = millionths(pair, strongest, shares.content, mutual, openings.here[opening])
                entry = score * SOME - opening
                conditions = openings.conditions[opening]
                country = conditions[COUNTRY]
                if (
                    score > 0
                    and entry > worst
                    and openings.deadlines[opening] > now
                    and not hindered(conditions, facts, places[facts[COUNTRIES], country], places[facts[PERMITTED], country])
                ):
                    place = k - 1
                    while place > 0 and list[place - 1] < entry:
                        list[place] = list[place - 1]
                        place -= 1
                    list[place] = entry
                    if list[k - 1] > 0:
                        worst = list[k - 1]
                        hopeless = (worst // SOME - 1) / MILLION
            pair[:] = NOTHING
        attended[:] = False


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
    in_place: Flags,
    permitted: Flags,
    shares: Shares,
    least: Ints,
) -> tuple[Ints, Ints]:
    """The candidates whose score with one opening reaches their ``least``, (n,), and the scores.

    ``opening``: one, with its asks in the order of the terms' keys, which are ``terms``, (asks,); ``in_place``, ``permitted``:
    by the number of a set of countries. ``postings``, (terms + 1,), tells where the candidates who have a term begin in
    ``rows`` and ``numbers`` (of their masteries): those before row ``indexed``. The others are looked through one by one.
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
            add(sums[rows[posting]], opening.asks[ask], masteries[numbers[posting]])
    for row in range(indexed, n):
        for at in range(candidates.term_starts[row], candidates.term_starts[row + 1]):
            term = candidates.terms[at]
            if term < len(asked) and asked[term] >= 0:
                sums[row, TIE] = TERM
                add(sums[row], opening.asks[asked[term]], masteries[candidates.masteries[at]])
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
    conditions = opening.conditions[0]
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
        score = millionths(sums[row], candidates.strongest[row], shares.content, mutual, opening.here[0])
        if score < least[row] or score == 0:
            continue
        if hindered(conditions, facts, in_place[facts[COUNTRIES]], permitted[facts[PERMITTED]]):
            continue
        found[count] = row
        scores[count] = score
        count += 1
    return found[:count].copy(), scores[:count].copy()
