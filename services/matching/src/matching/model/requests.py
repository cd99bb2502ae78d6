"""The base of all request bodies. Pure."""

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """A body of known fields only."""

    model_config = ConfigDict(extra="forbid", frozen=True)
