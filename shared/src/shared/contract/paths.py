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
    *(Path(f"/assets/{service}", service, "browsers get the styles, scripts and images of pages") for service in SERVICES),
    Path("/attendance", "registration", "publishers send attendance events and look up their outcomes"),
    Path("/docs/publish", "registration", "publishers learn how to publish, and check an event"),
    Path("/issuer", "registration", "anybody verifies a credential"),
    Path("/logos", "registration", "browsers get the logos of conferences"),
    Path("/me", "registration", "attendees see and change their own data, with their own API key"),
    Path("/organize", "registration", "organizers see where attendance comes from, and its outcomes"),
    Path("/portfolios", "registration", "anybody reads published portfolios"),
    Path("/profile", "registration", "attendees see and correct their own data"),
    Path("/webhooks", "registration", "other systems send webhooks"),
    Path("/conferences", "matching", "organizers read the figures of their conference"),
    Path("/home", "matching", "people find the parts of the site that are for them"),
    Path("/desk", "matching", "a host's staff see what needs an answer, and answer it"),
    Path("/insight", "matching", "operators read the figures of all conferences"),
    Path("/desk-listings", "listings", "hosts write, publish and close their listings, and adopt ideas"),
    Path("/desk-people", "listings", "hosts manage their staff"),
    Path("/my-ideas", "listings", "attendees propose projects, and answer hosts that ask to adopt them"),
    Path("/internships", "listings", "anybody reads about an internship whose host made it public"),
    Path("/mentor-time", "listings", "mentors set until when they are away"),
    Path("/mentor", "matching", "mentors look after mentees, and nominate attendees"),
    Path("/my", "matching", "attendees see what they have to do, and their matches, applications, match days and placements"),
    Path("/organize-days", "matching", "organizers run match days, and see how hosts answer"),
    Path("/account", "notifications", "people see where they are signed in, and their passkeys"),
    Path("/design", "notifications", "developers see every component of pages"),
    Path("/language", "notifications", "readers choose the language of pages"),
    Path("/mail", "notifications", "readers see a mail in their browser"),
    Path("/open", "notifications", "readers of a mail get to the page that it is about"),
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
"""Stands for every path that belongs to no service: this one answers with the page for unknown addresses."""


def interface(service: str) -> str:
    """Where the site has all routes of a service for programs. The service itself has them at its root."""
    return f"/api/{service}"


HIDDEN: Final = ("/health/*", "/metrics")
"""Routes that need no key and concern only operators: the site does not have them."""
