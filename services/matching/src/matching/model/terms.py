"""Skills and topics: how people write them, and the one key of each. The engine's vocabulary knows them."""

from typing import Protocol


class Terms(Protocol):
    """What the domain needs of a vocabulary."""

    def normalise(self, text: str) -> str:
        """The key of what somebody wrote: ``k8s`` and ``Kubernetes`` have the same."""
        ...

    def name(self, key: str) -> str:
        """How people write it."""
        ...

    def find(self, text: str) -> list[str]:
        """The keys of all that a text names, each once."""
        ...
