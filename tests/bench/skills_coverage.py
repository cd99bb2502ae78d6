"""How many of the skills that real people write the vocabulary knows."""

import csv
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from matching.engine.vocabulary import Vocabulary, forms
from matching.engine.vocabulary.suggestions import Embedding, Suggestions
from matching.engine.vocabulary.vocabulary import VocabularyRow, read

DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
LISTINGS = DATA / "listings" / "gsoc_2024.json.gz"
ANNOTATIONS = DATA / "skills" / "tech_validation_annotations.csv"
NO_LABEL = {"LABEL NOT PRESENT", "UNDERSPECIFIED"}
"""Spans for which the annotators found no skill in ESCO: there is nothing to hit."""


def skills_coverage() -> Iterator[dict[str, Any]]:
    """Technologies and topics of Google Summer of Code 2024, each as often as organizations name it; then spans of job advertisements."""
    if not LISTINGS.exists() or not ANNOTATIONS.exists():
        sys.stderr.write(
            f"skills_coverage: skipped, as {LISTINGS} or {ANNOTATIONS} is not there; SHARED_DATA names the directory\n"
        )
        return
    rows = list(read())
    vocabulary = Vocabulary.load()
    esco = {form for row in rows for form in (*row.esco_plain, *row.esco_other)}

    def in_esco(term: str) -> bool:
        return forms.form(term) in esco

    with gzip.open(LISTINGS) as file:
        organizations = json.load(file)["organizations"]
    for kind in ("technologies", "topics"):
        terms = [term for one in organizations for term in {*one[kind]}]
        yield {
            "name": "skills_coverage" if kind == "technologies" else "skills_coverage_topics",
            "value": _share(vocabulary.known, terms),
            "unit": "of 1",
            "peer": _share(in_esco, terms),
            "peer_is": "ESCO alone",
            "terms": len(terms),
        }
    yield from _hits(rows, vocabulary)


def _share(known: Callable[[str], bool], terms: Sequence[str]) -> float:
    return round(sum(map(known, terms)) / len(terms), 3)


def _hits(rows: Sequence[VocabularyRow], vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    """hit@1 and hit@10: whether the skill that annotators gave a span is the first one found, or among the first ten."""
    with ANNOTATIONS.open(newline="") as file:
        labelled = [row for row in csv.DictReader(file) if row["label"] not in NO_LABEL]
    spans = [
        (row["sub_span"] or row["span"], vocabulary.normalise(row["label"])) for row in labelled if vocabulary.known(row["label"])
    ]
    counts = {"spans": len(spans), "label_not_in_vocabulary": len(labelled) - len(spans)}

    owners = [(form, row.name) for row in rows for form in (*row.esco_plain, *row.esco_other)]
    choices = [form for form, _ in owners]

    def alike(span: str) -> list[str]:
        best = process.extract(forms.form(span), choices, scorer=fuzz.ratio, limit=30)
        return list(dict.fromkeys(vocabulary.normalise(owners[index][1]) for _, _, index in best))[:10]

    def without(span: str) -> list[str]:
        return [vocabulary.normalise(span), *alike(span)][:10] if vocabulary.known(span) else alike(span)

    ways: dict[str, Callable[[str], list[str]]] = {"": without}
    if Embedding.installed():
        kept = Path(os.environ.get("BENCH_CACHE", Path.home() / ".cache" / "opportunity-desk"))
        kept.mkdir(parents=True, exist_ok=True)
        suggestions = Suggestions.load(vocabulary, rows, kept)
        ways["_embeddings"] = lambda span: [key for key, _ in suggestions.nearest(span)]
    else:
        sys.stderr.write("skills_hit with embeddings: skipped, as the extra `embeddings` of services/matching is not installed\n")
    peer = [alike(span) for span, _ in spans]
    for suffix, way in ways.items():
        found = [way(span) for span, _ in spans]
        for most in (1, 10):
            yield {
                "name": f"skills_hit_at_{most}{suffix}",
                "value": _hit(found, spans, most),
                "unit": "of 1",
                "peer": _hit(peer, spans, most),
                "peer_is": "the nearest ESCO label by edit distance",
                **counts,
            }


def _hit(found: Iterable[list[str]], spans: Sequence[tuple[str, str]], most: int) -> float:
    return round(sum(key in keys[:most] for keys, (_, key) in zip(found, spans, strict=True)) / len(spans), 3)
