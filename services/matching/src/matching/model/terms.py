"""Skills, topics and research interests as terms. The engine's vocabulary implements this."""

from typing import Protocol


class Terms(Protocol):
    """The part of a vocabulary that the model needs."""

    def normalise(self, text: str) -> str:
        """The key of a term as somebody wrote it. ``k8s`` and ``Kubernetes`` have the same key."""
        ...

    def name(self, key: str) -> str:
        """How people write the term with this key."""
        ...

    def find(self, text: str) -> list[str]:
        """The keys of the terms that a text names, each once."""
        ...


class KnownTerms(Terms, Protocol):
    """A vocabulary that also suggests its terms."""

    def completions(self, text: str) -> list[str]:
        """The names of known terms in which a word begins with this text."""
        ...
