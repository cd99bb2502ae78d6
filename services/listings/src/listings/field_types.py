"""Types of lists in requests."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, FailFast, Field

from shared.contract.events.fields import Id, PlainTerm

Text = TypeVar("Text", bound=str)


def distinct(texts: list[Text]) -> list[Text]:
    """Each once, in their order."""
    return list(dict.fromkeys(texts))


DistinctIds = Annotated[list[Id], Field(max_length=200), AfterValidator(distinct)]
"""Ids in the order given, each once."""

# Reports only the first wrong term, as ``Terms`` does.
DistinctTerms = Annotated[list[PlainTerm], Field(max_length=200), FailFast(), AfterValidator(distinct)]
