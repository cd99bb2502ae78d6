"""How fast terms are normalised and found in texts, on one core."""

import gzip
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from matching.engine.vocabulary import Vocabulary
from matching.engine.vocabulary.vocabulary import read

DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
TALKS = DATA / "schedules" / "pyvideo_eng_2018plus.jsonl.gz"
TERMS = 100_000


def skills_rate() -> Iterator[dict[str, Any]]:
    """Known terms, each written in its own way; unknown ones; then abstracts of talks."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:  # in this one it may be loaded already
        seconds, mebibytes = process.submit(_loading).result()
    yield {"name": "skills_load", "value": round(seconds, 2), "unit": "s"}
    yield {"name": "skills_memory", "value": round(mebibytes, 1), "unit": "MiB"}

    vocabulary = Vocabulary.load()
    chance = random.Random(1)
    rows = list(read())
    names = [row.name for row in rows]
    known = [_written(chance.choice(names), chance) for _ in range(TERMS)]
    plain = {name.casefold(): name for name in names}

    def look_up(term: str) -> str:
        folded = term.casefold()
        return plain.get(folded, folded)

    peer = _rate(look_up, known)
    peer_is = "a dict of names in lower case"
    yield {
        "name": "skills_rate",
        "value": _rate(vocabulary.normalise, known),
        "unit": "terms/s",
        "peer": peer,
        "peer_is": peer_is,
    }
    unknown = ["".join(chance.choices("abcdefghijklmnop ", k=chance.randrange(4, 30))) for _ in range(10_000)]
    yield {
        "name": "skills_rate_unknown",
        "value": _rate(vocabulary.normalise, unknown),
        "unit": "terms/s",
        "peer": peer,
        "peer_is": peer_is,
    }
    if not TALKS.exists():
        sys.stderr.write(f"skills_find_rate: skipped, as {TALKS} is not there; SHARED_DATA names the directory\n")
        return
    with gzip.open(TALKS, "rt") as file:
        abstracts = [json.loads(line)["description"] for line in file]
    letters = sum(map(len, abstracts)) // len(abstracts)
    yield {
        "name": "skills_find_rate",
        "value": _rate(vocabulary.find, abstracts),
        "unit": "texts/s",
        "letters_per_text": letters,
        "peer": _rate(lambda text: [look_up(word) for word in text.split()], abstracts),
        "peer_is": "each single word looked up in the same dict",
    }


def _written(name: str, chance: random.Random) -> str:
    return chance.choice([name, name.lower(), name.upper(), name.replace(" ", "-"), name + " "])


def _rate(work: Callable[[str], object], texts: Sequence[str]) -> int:
    started = time.perf_counter()
    for text in texts:
        work(text)
    return round(len(texts) / (time.perf_counter() - started))


def _loading() -> tuple[float, float]:
    process = psutil.Process()
    before, started = process.memory_info().rss, time.perf_counter()
    vocabulary = Vocabulary.load()
    seconds = time.perf_counter() - started
    vocabulary.normalise("Python")
    return seconds, (process.memory_info().rss - before) / 2**20
