"""Responses to publishers: the results of sending events, and the outcome of an event."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from registration.attendance.domain.similar_fields import SimilarFields
from registration.attendance.domain.warnings import warnings_of
from registration.attendance.use_cases.event_lookup import Answer, Outcome, Status
from registration.attendees.domain.attendance import Kind
from shared import clock
from shared.contract.envelope import Event
from shared.web.problems import FieldFault


class Result(BaseModel):
    """The result for one event.

    - `accepted`: it is stored, and will be recorded.
    - `repeated`: the same event is already known; nothing is published again.
    - `conflict`: this source has sent another event with this id. This one is not stored: send it again with a new id.
    - `pending`: it is stored, and will be recorded once the conference or session that it names is announced.
    - `rejected`: it is not stored; `reason` and `errors` say what to correct.

    `warnings` name what is ignored and may be a mistake: fields that look like a typo, and a time in the future.
    """

    status: Status
    source: str | None = None
    id: str | None = None
    reason: str | None = None
    errors: list[FieldFault] | None = None
    warnings: list[FieldFault] | None = None


class Results(BaseModel):
    """The results for the events of a batch, in the same order, and the number of each status."""

    accepted: int
    repeated: int
    conflict: int
    pending: int
    rejected: int
    results: list[Result]

    @classmethod
    def of(cls, results: list[Result]) -> Self:
        statuses = [result.status for result in results]
        return cls(
            accepted=statuses.count("accepted"),
            repeated=statuses.count("repeated"),
            conflict=statuses.count("conflict"),
            pending=statuses.count("pending"),
            rejected=statuses.count("rejected"),
            results=results,
        )


@dataclass(slots=True)
class Entry:
    """One event of a request: the event, or None if it cannot be read, and the answer."""

    event: Event | None
    source: str | None
    id: str | None
    answer: Answer
    attributes: dict[str, Any]
    data: Any
    """Attributes and data, both as they were received."""

    @classmethod
    def of(cls, event: Event, attributes: dict[str, Any], data: Any) -> Self:
        return cls(event, event.source, event.id, Answer("accepted"), attributes, data)

    def result(self, similar_fields: SimilarFields, now: datetime) -> Result:
        """The result for this event."""
        return Result(
            status=self.answer.status,
            source=self.source,
            id=self.id,
            reason=self.answer.reason or None,
            errors=faults(self.answer.faults, "body") if self.answer.status == "rejected" else None,
            warnings=warnings(self.event, self.attributes, self.data, similar_fields, now) or None if self.event else None,
        )


class EventView(BaseModel):
    """The outcome of an event.

    - `recorded`: it counts, unless it was taken back.
    - `pending`: it waits until the conference or session that it names is announced; `reason` says which.
    - `rejected`: it could not be applied; `reason` says why. It is kept as a dead letter.
    - `failed`: it could not be recorded because of an error here. It is kept as a dead letter until an operator replays it.
      The publisher has nothing to correct.
    """

    source: str
    id: str
    status: Literal["recorded", "pending", "rejected", "failed"]
    kind: Kind | None = Field(default=None, description="what happened")
    at: datetime | None = Field(default=None, description="when it happened; if that was in the future, when it arrived")
    conference_id: str | None = None
    session_id: str | None = None
    received_at: datetime | None = Field(default=None, description="when it became pending")
    rejected_at: datetime | None = None
    taken_back_by: str | None = Field(
        default=None, description="the id of the event that took this one back, so that it no longer counts"
    )
    takes_back: str | None = Field(default=None, description="the id of the event that this one takes back")
    reason: str | None = None
    conflict: str | None = Field(default=None, description="why another event with this id was rejected")
    warnings: list[FieldFault] | None = None

    @classmethod
    def of(cls, source: str, id: str, outcome: Outcome) -> Self:
        found = [FieldFault(field=field, detail=detail) for field, detail in outcome.warnings]
        return cls(
            source=source,
            id=id,
            status=outcome.status,
            kind=outcome.kind,
            at=outcome.at,
            conference_id=outcome.conference_id or None,
            session_id=outcome.session_id or None,
            received_at=outcome.received_at,
            rejected_at=outcome.rejected_at,
            taken_back_by=outcome.taken_back_by or None,
            takes_back=outcome.takes_back or None,
            reason=outcome.reason or None,
            conflict=outcome.conflict or None,
            warnings=found or None,
        )


def warnings(
    event: Event, attributes: dict[str, Any], data: Any, similar_fields: SimilarFields, now: datetime
) -> list[FieldFault]:
    """Warnings about ignored parts that may be mistakes."""
    found = warnings_of(event, attributes, data, similar_fields, now)
    return [FieldFault(field=field, detail=detail) for field, detail in found]


def faults(found: Iterable[tuple[str, str]], otherwise: str) -> list[FieldFault]:
    """Faults as responses have them. Those about no field get the field ``otherwise``."""
    return [FieldFault(field=field or otherwise, detail=detail) for field, detail in found]


def results(entries: Sequence[Entry]) -> list[Result]:
    """The results for these events."""
    similar_fields, now = SimilarFields(), clock.now()
    return [entry.result(similar_fields, now) for entry in entries]
