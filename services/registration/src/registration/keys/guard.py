"""Which events a key may publish, and whose outcomes a caller may see."""

from collections.abc import Sequence
from http import HTTPStatus

import structlog

from shared.contract.envelope import Event
from shared.web.access.callers import Caller
from shared.web.access.guard import refuse
from shared.web.access.keys import ApiKey, Refused

log = structlog.get_logger(__name__)


def check_event(key: ApiKey, event: Event) -> None:
    """Raises ``Problem`` 403 if the key may not publish events of this source or conference."""
    try:
        key.check_event(event.source, getattr(event.data, "conference_id", None))
    except Refused as refused:
        refuse(HTTPStatus.FORBIDDEN, refused)


def check_outcome(caller: Caller, source: str, conference_id: str | None) -> None:
    """Raises ``Refused`` if the caller may not see what became of events of this source or conference."""
    if isinstance(caller, ApiKey):
        caller.check_event(source, conference_id)
    else:
        caller.check_conference(conference_id)


def note(refused: Sequence[Refused]) -> None:
    """Log once that events of a batch were refused."""
    if refused:
        log.warning("access_refused", status=HTTPStatus.FORBIDDEN.value, reason=str(refused[0]), events=len(refused))
