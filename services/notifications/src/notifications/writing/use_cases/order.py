"""Which of the mails that are due are written now: none before an earlier one, and nobody causes more than allowed. Pure."""

from collections.abc import Collection, Mapping
from typing import Final

from notifications.rules.domain.scheduled_mails import OpenMail, ScheduledMail

SMALL_GROUPS: Final = ("person", "host", "mentors", "organization")
"""Groups in which nobody is left out: they are small, so waiting for one person delays few others."""


def limited_thing(scheduled: ScheduledMail) -> str:
    """The thing for which the number of mails is limited; "" if there is no limit."""
    return scheduled.about if scheduled.audience.group in SMALL_GROUPS else ""


class Order:
    """What counts for a batch of scheduled mails that are written in turn. Say what becomes of each."""

    def __init__(
        self,
        open_mails: Collection[OpenMail],
        causes_by: Mapping[str, set[str]],
        causes_about: Mapping[str, set[str]],
        limit: int,
    ) -> None:
        """``causes_by``: which events by each person caused mails within a day; ``causes_about``: those about each thing."""
        self._open = {one.id: one for one in open_mails}
        self._causes_by = causes_by
        self._causes_about = causes_about
        self._limit = limit

    def must_wait(self, scheduled: ScheduledMail) -> bool:
        """Whether a mail about an earlier version of the same thing, to the same people, is still open."""
        return any(scheduled.follows(one) for one in self._open.values())

    def is_over_limit(self, scheduled: ScheduledMail) -> bool:
        """Whether somebody causes more mails than allowed: an applicant to hosts, or a host about one application."""
        return any(len(causes) >= self._limit for causes in self._limited(scheduled))

    def ended(self, scheduled: ScheduledMail) -> None:
        """It is written, so others need not wait for it."""
        self._open.pop(scheduled.id, None)

    def caused(self, scheduled: ScheduledMail, cause: str) -> None:
        """Messages with this cause were made of it."""
        for causes in self._limited(scheduled):
            causes.add(cause)

    def _limited(self, scheduled: ScheduledMail) -> list[set[str]]:
        found = self._causes_by.get(scheduled.caused_by), self._causes_about.get(limited_thing(scheduled))
        return [causes for causes in found if causes is not None]
