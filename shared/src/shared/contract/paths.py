"""All paths of the site as data. How its one address is divided among the services is derived from this table."""

from dataclasses import dataclass
from typing import Final

from shared.contract.topics import SERVICES


@dataclass(frozen=True, slots=True)
class Path:
    """A path of the site, with all that is below it: which service serves it, and for whom. No path is below another one."""

    prefix: str
    service: str
    description: str


PATHS: Final = (
    *(Path(f"/assets/{service}", service, "browsers get style, scripts and pictures of pages") for service in SERVICES),
    Path("/attendance", "registration", "publishers send attendance events, and ask what became of them"),
    Path("/docs/publish", "registration", "publishers read how to, and check an event"),
    Path("/issuer", "registration", "anybody verifies a credential"),
    Path("/logos", "registration", "browsers get the logos of conferences"),
    Path("/me", "registration", "attendees see and change what is known of them, by a key of their own"),
    Path("/organize", "registration", "organizers see where attendance comes from, and what became of it"),
    Path("/portfolios", "registration", "anybody reads what people publish of themselves"),
    Path("/profile", "registration", "attendees see and correct what is known of them"),
    Path("/webhooks", "registration", "other systems report what happens in them"),
    Path("/conferences", "matching", "organizers read what their conference led to"),
    Path("/home", "matching", "people get to the part of the site that is for them"),
    Path("/desk", "matching", "a host's people see what needs their answer, and answer it"),
    Path("/insight", "matching", "operators read what all conferences led to"),
    Path("/desk-listings", "listings", "hosts write, publish and close their listings, and adopt ideas"),
    Path("/desk-people", "listings", "hosts say who acts for them"),
    Path("/my-ideas", "listings", "attendees propose projects, and answer hosts that ask for them"),
    Path("/internships", "listings", "anybody reads about an internship whose host agrees to it"),
    Path("/mentor-time", "listings", "mentors say until when they look after nobody new"),
    Path("/mentor", "matching", "mentors look after people, and nominate"),
    Path("/my", "matching", "attendees see what is their turn, their matches, applications, match days and placements"),
    Path("/organize-days", "matching", "organizers run match days, and see how hosts answer"),
    Path("/account", "notifications", "people see where they are signed in, and their passkeys"),
    Path("/design", "notifications", "developers see every component of pages"),
    Path("/language", "notifications", "readers choose the language of pages"),
    Path("/mail", "notifications", "readers see a mail in their browser"),
    Path("/open", "notifications", "readers of a mail get to the page that it speaks of"),
    Path("/preferences", "notifications", "readers choose their mails"),
    Path("/session", "notifications", "people see whether they are signed in"),
    Path("/sign-in", "notifications", "people sign in"),
    Path("/sign-out", "notifications", "people sign out"),
    Path("/templates", "notifications", "operators see every mail with sample data"),
    Path("/unsubscribe", "notifications", "readers unsubscribe"),
)
HOME: Final = "/home"
"""Where the site's ``/`` leads."""
NOWHERE: Final = f"{HOME}/nowhere"
"""Stands for every path that belongs to no service: this one answers that there is no such page."""


def interface(service: str) -> str:
    """Where the site has all routes of a service for programs. The service itself has them at its root."""
    return f"/api/{service}"


HIDDEN: Final = ("/health/*", "/metrics")
"""Routes that need no key, and concern only whoever operates a service: the site does not have them."""
