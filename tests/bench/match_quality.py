"""How well lists of matches suit people: against organizations' own tags, and against what two readers say.

See ``bench/judged/README.md`` for how the judged set was made.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.quality.judged_set import HIGHEST, LANGUAGES, READERS, grades, in_language, judged_set
from bench.quality.measures import bad, different, gini, kept, ndcg, recall, weighted_kappa
from bench.quality.organizations import organizations
from bench.quality.problem import Problem
from bench.quality.rankings import Lists, by_engine, by_meaning, by_shared_terms, by_tfidf, ids
from matching.engine.score import BEST
from matching.engine.vocabulary import Vocabulary
from matching.engine.vocabulary.suggestions import Embedding
from shared.contract.events.matching import Match

DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
LISTINGS = DATA / "listings" / "gsoc_2024.json.gz"
FIRST = 5


def match_quality() -> Iterator[dict[str, Any]]:
    """The engine's lists, beside those by TF-IDF, by the count of shared terms and, with the extra, by a sentence model."""
    vocabulary = Vocabulary.load()
    yield from _of_organizations(vocabulary)
    yield from _as_judged(vocabulary)
    yield _in_other_languages(vocabulary)


def _of_organizations(vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    if not LISTINGS.exists():
        sys.stderr.write(f"match_quality: recall skipped, as {LISTINGS} is not there; SHARED_DATA names the directory\n")
        return
    problem, own = organizations(LISTINGS)
    before, matches, peers = _rankings(problem, vocabulary)
    lists = ids(matches)
    yield {
        "name": "match_quality_recall_at_10",
        "value": round(recall(lists, own, BEST), 3),
        "unit": "of 1",
        "to": "an organization's own projects, found by its tags among those of all",
        "at": f"{len(problem.people)} organizations, {len(problem.listings):,} projects",
        "at_least": 0.21,
        "before_the_first_count": round(recall(before, own, BEST), 3),
    } | {name: round(recall(peer, own, BEST), 3) for name, peer in peers.items()}


def _as_judged(vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    problem = judged_set()
    before, matches, peers = _rankings(problem, vocabulary)
    lists, by_score = ids(matches), {id: sorted(its, key=lambda one: -one.score) for id, its in matches.items()}
    readers = [grades(reader, problem) for reader in READERS]
    mean = {
        person: {listing: sum(reader[person][listing] for reader in readers) / len(readers) for listing in graded}
        for person, graded in readers[0].items()
    }
    at = f"{len(problem.people)} people, {len(problem.listings)} listings, {len(readers)} readers"
    measures: dict[str, tuple[Callable[[Lists], float], dict[str, Any]]] = {
        "ndcg_at_5": (lambda its: ndcg(its, mean, FIRST), {"unit": "of 1", "at_least": 0.67}),
        "bad_per_five": (
            lambda its: sum(bad(its, reader, FIRST) for reader in readers) / len(readers),
            {"unit": "listings with the grade 0", "at_most": 1.3},
        ),
        "gini": (lambda its: gini(_shown(its, problem)), {"unit": "from 0, all listings shown as often, to 1"}),
        "never_shown": (
            lambda its: _shown(its, problem).count(0) / len(problem.listings),
            {"unit": "part of the listings that nobody is shown"},
        ),
    }
    for name, (measure, more) in measures.items():
        others = {"before_the_first_count": before} | peers
        figure = {"name": f"match_quality_{name}", "value": round(measure(lists), 3), "at": at} | more
        yield figure | {other: round(measure(its), 3) for other, its in others.items()}
    hosts = {listing.listing_id: listing.organization_id for listing in problem.listings}
    yield {
        "name": "match_quality_different",
        "value": round(different([[hosts[one] for one in its] for its in lists.values()], FIRST), 3),
        "unit": "part of the first five that are of another host than the others",
        "main_reasons": round(different([_main_reasons(its) for its in matches.values()], FIRST), 3),
        "hosts_by_score_alone": round(different([[hosts[one.listing_id] for one in its] for its in by_score.values()], FIRST), 3),
        "main_reasons_by_score_alone": round(different([_main_reasons(its) for its in by_score.values()], FIRST), 3),
        "ndcg_by_score_alone": round(ndcg(ids(by_score), mean, FIRST), 3),
    }
    one, other = ([reader[person][listing] for person in mean for listing in mean[person]] for reader in readers)
    yield {
        "name": "match_quality_agreement",
        "value": round(weighted_kappa(one, other, HIGHEST + 1), 3),
        "unit": "Cohen's kappa with quadratic weights",
        "pairs": len(one),
        "same": round(sum(map(int.__eq__, one, other)) / len(one), 3),
    }


def _in_other_languages(vocabulary: Vocabulary) -> dict[str, Any]:
    """Whether the same person with skills in another language gets the same listings."""
    problem = judged_set()
    _, matches = by_engine(problem, vocabulary)
    english, found = ids(matches), {}
    for language in LANGUAGES:
        translated = in_language(language, problem)
        people = {person.attendee_id: person for person in translated.people}
        everybody = [people.get(person.attendee_id, person) for person in problem.people]
        lists = ids(by_engine(replace(problem, people=everybody), vocabulary)[1])
        found[language] = round(kept({id: english[id] for id in people}, lists, FIRST), 3)
    return {
        "name": "match_quality_languages",
        "value": min(found.values()),
        "unit": "part of the first five that stay when skills are translated, in the worst language",
        "at": f"{len(people)} people",
        "wanted": 0.95,
    } | found


def _main_reasons(matches: Sequence[Match]) -> list[tuple[str, str | None]]:
    return [(match.reasons[0].kind, match.reasons[0].term) for match in matches]


def _rankings(problem: Problem, vocabulary: Vocabulary) -> tuple[Lists, dict[str, list[Match]], dict[str, Lists]]:
    before, matches = by_engine(problem, vocabulary)
    peers = {"tfidf": by_tfidf(problem), "shared_terms": by_shared_terms(problem, vocabulary)}
    if Embedding.installed():
        peers["sentence_model"] = by_meaning(problem, Embedding().of)
    return before, matches, peers


def _shown(lists: Lists, problem: Problem) -> list[int]:
    """How often each listing is among the lists."""
    counts = dict.fromkeys((listing.listing_id for listing in problem.listings), 0)
    for its in lists.values():
        for id in its:
            counts[id] += 1
    return list(counts.values())
