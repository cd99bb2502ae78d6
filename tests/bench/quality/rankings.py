"""Ways to rank listings for people: the engine, and its peers."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.quality.problem import Problem
from matching.engine.index import CandidateIndex, Numbering
from matching.engine.score import BEST, Weights
from matching.engine.snapshot import CatalogueSnapshot
from matching.engine.vocabulary import Vocabulary
from matching.model.candidates import Candidate
from matching.model.conferences import conference_of
from matching.model.listings import listing_of
from shared.contract.events.matching import Match

Lists = dict[str, list[str]]

NOW: Final = datetime(2025, 3, 1, tzinfo=UTC)
_WORD = re.compile(r"\w\w+")


def by_engine(problem: Problem, vocabulary: Vocabulary, weights: Weights | None = None) -> tuple[Lists, dict[str, list[Match]]]:
    """As the service does it: everybody's list, once before and once after all were counted.

    Returns:
        The lists before the count, and the matches after it.
    """
    numbering = Numbering()
    known = [listing_of(listing, vocabulary) for listing in problem.listings]
    conferences = [conference_of(problem.schedule, vocabulary)] if problem.sessions else []
    catalogue = CatalogueSnapshot(weights or Weights(), numbering).changed(known, conferences, {})
    candidates = []
    for person in problem.people:
        candidates.append(Candidate(person.attendee_id, shard=0))
        candidates[-1].update_from(person, vocabulary)
    index = CandidateIndex(numbering)
    first = {one.id: catalogue.best_matches(one, NOW) for one in candidates}
    for one in candidates:
        scored = [(match.listing_id, match.score) for match in first[one.id]]
        index.put(one, catalogue.interests(one), scored, catalogue.words(one))
    catalogue = catalogue.changed((), (), {0: index.candidate_counts([0])})
    return ids(first), {one.id: catalogue.best_matches(one, NOW) for one in candidates}


def ids(matches: dict[str, list[Match]]) -> Lists:
    """The ids of the matched listings."""
    return {id: [match.listing_id for match in its] for id, its in matches.items()}


def by_shared_terms(problem: Problem, vocabulary: Vocabulary) -> Lists:
    """By how many terms of the vocabulary both have."""
    asked = [set(listing_of(listing, vocabulary).requested_terms) for listing in problem.listings]
    sessions = {one.id: one.terms for one in conference_of(problem.schedule, vocabulary).sessions}
    held = [
        {vocabulary.normalise(one.term) for one in person.interests}.union(
            *(sessions[one.session_id] for one in person.sessions if one.session_id in sessions)
        )
        for person in problem.people
    ]
    return best(problem, np.array([[len(one & other) for other in asked] for one in held], np.float64))


def by_tfidf(problem: Problem) -> Lists:
    """By the cosine of the texts' words, each weighed by (1 + ln(tf)) ln(1 + N / n)."""
    people, listings = ([Counter(_WORD.findall(text.casefold())) for text in texts] for texts in problem.texts())
    numbers: dict[str, int] = {}
    for counts in (*listings, *people):
        for word in counts:
            numbers.setdefault(word, len(numbers))
    among = np.zeros(len(numbers))
    for counts in listings:
        among[[numbers[word] for word in counts]] += 1
    rarity = np.log1p(len(listings) / np.maximum(1, among))

    def vectors(texts: Sequence[Counter[str]]) -> NDArray[np.float64]:
        rows = np.zeros((len(texts), len(numbers)))
        for row, counts in zip(rows, texts, strict=True):
            row[[numbers[word] for word in counts]] = 1 + np.log(list(counts.values()))
        rows *= rarity
        lengths: NDArray[np.float64] = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: NDArray[np.float64] = rows / np.maximum(1e-9, lengths)
        return unit

    return best(problem, vectors(people) @ vectors(listings).T)


def by_meaning(problem: Problem, embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> Lists:
    """By the cosine of the texts' vectors in a sentence model."""
    people, listings = problem.texts()
    return best(problem, embed(people) @ embed(listings).T)


def best(problem: Problem, scores: NDArray[np.float64] | NDArray[np.float32]) -> Lists:
    """The best listings of (people, listings) scores, none with 0; equal ones in their order."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :BEST]
    return {
        person.attendee_id: [problem.listings[place].listing_id for place in row if its[place] > 0]
        for person, row, its in zip(problem.people, order, scores, strict=True)
    }
