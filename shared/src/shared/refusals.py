"""Refusals: why a use case declines a request. ``shared.web.problems`` maps them to HTTP."""


class Refusal(Exception):
    """The service does not do this. The text says why, and what to do."""

    def __init__(self, detail: str, field: str | None = None, *, retry_after: int | None = None) -> None:
        """If a field is at fault, ``detail`` continues from its name ("is missing"). ``retry_after`` is in seconds."""
        super().__init__(f"{field}: {detail}" if field else detail)
        self.detail = detail
        self.field = field
        self.retry_after = retry_after


class NotFound(Refusal):
    """There is no such thing."""

    def __init__(self, what: str, id: str, hint: str = "", *, which: str = "") -> None:
        """``which`` says more about it: "who may be matched"; ``hint`` says what to do."""
        super().__init__(f"there is no {what} {id!r}" + (which and f" {which}") + (hint and f"; {hint}"))


class Conflict(Refusal):
    """The thing's state does not allow this now."""


class Stale(Refusal):
    """The thing has changed since whoever asks saw it."""

    def __init__(self, what: str, seen: int, version: int) -> None:
        super().__init__(f"the {what} has changed: you saw version {seen}, it is at version {version}; get it again, then decide")


class Invalid(Refusal):
    """A field is well-formed, but its value makes no sense here."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field)


class Forbidden(Refusal):
    """Whoever asks may not do this."""


class Unauthenticated(Refusal):
    """The request does not prove who sent it."""

    def __init__(self, detail: str, challenge: str) -> None:
        """``challenge`` says how to prove it, as in the header ``WWW-Authenticate``."""
        super().__init__(detail)
        self.challenge = challenge


class TooLarge(Refusal):
    """More is sent than is kept."""


class TooMany(Refusal):
    """The sender has sent too much lately; the same request may succeed later."""


class Stalled(Refusal):
    """The sender paused for too long."""


class Busy(Refusal):
    """The service is at its limit; the same request may succeed later."""
