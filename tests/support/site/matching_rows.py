"""Who may access each of matching's pages and actions."""

from typing import Final

from support.site.everybody import ADA, HOST, ORGANIZER, OWN, PUBLIC, Row, rule

HOSTS: Final = rule("cora zoe")
OF_PLACEMENT: Final = rule("cora", 403, zoe=404)
"""A mentor who is nothing else has pages of her own."""
MENTOR: Final = rule("mina", 403, cora=404, zoe=404)
MENTORS: Final = rule("mina cora zoe")
"""A host's staff see the people whom they mentor; a host's contact sees nobody."""
ATTENDEES: Final = rule("ada ben", 404)
ORGANIZERS: Final = rule("olga otto")
OFFERED: Final = "/my/applications/{offered}"
PLACEMENT: Final = "/my/placements/{placement}"
DESK: Final = "/desk/{org}"
DAY: Final = "/organize-days/{conference}/{round}"

ROWS: Final[tuple[Row, ...]] = (
    PUBLIC("GET", "/home"),
    PUBLIC("GET", "/my/matches/{listing}/why"),
    OWN("GET", "/my"),
    OWN("GET", "/my/export"),
    OWN("GET", "/my/matches"),
    OWN("GET", "/my/matches/{listing}"),
    OWN("GET", "/my/matches/{listing}/apply"),
    OWN("POST", "/my/matches/{listing}/apply"),
    OWN("GET", "/my/applications"),
    ADA("GET", "/my/applications/{submitted}"),
    ADA("GET", "/my/applications/{interviewed}"),
    ADA("GET", OFFERED),
    *(ADA("POST", f"/my/applications/{{interviewed}}/{one}", version="1", slot="0") for one in ("pick-slot", "confirm-terms")),
    *(ADA("POST", f"{OFFERED}/{command}") for command in ("accept", "decline", "withdraw")),
    ADA("GET", "/my/nominations/{nomination}"),
    *(ADA("POST", f"/my/nominations/{{nomination}}/{command}") for command in ("agree", "decline")),
    ADA("GET", PLACEMENT),
    *(ADA("POST", f"{PLACEMENT}/{command}") for command in ("start", "complete", "end", "feedback", "confirm-skills", "hire")),
    OWN("GET", "/my/match-days/{round}"),
    OWN("GET", "/my/match-days/{cancelled}"),
    OWN("POST", "/my/match-days/{round}"),
    OWN("POST", "/my/match-days/{round}/take-back"),
    ATTENDEES("POST", "/my/match-days/{round}/together"),
    ATTENDEES("POST", "/my/matches/{listing}/hide"),
    OWN("POST", "/my/matches/{listing}/show-again"),
    HOSTS("GET", "/desk"),
    HOST("GET", DESK),
    *(HOST("GET", f"{DESK}/{page}") for page in ("applications", "candidates", "figures", "match-days")),
    HOST("POST", f"{DESK}/candidates/{{listing}}/nobody/invite"),
    HOST("GET", f"{DESK}/skills?skills=Py"),
    HOST("GET", f"{DESK}/applications?view=table"),
    HOST("GET", f"{DESK}/applications/compare?id={{submitted}}&id={{interviewed}}"),
    HOST("GET", f"{DESK}/applications/answers?id={{submitted}}"),
    HOST("GET", f"{DESK}/applications/{{submitted}}"),
    *(
        HOST("POST", f"{DESK}/applications/{{submitted}}/{command}")
        for command in ("screen", "interview", "offer", "call-off", "rescind")
    ),
    HOST("POST", f"{DESK}/applications/answers", answer="{submitted}:1"),
    HOST("POST", f"{DESK}/applications/answers/undo", id="{submitted}"),
    HOST("GET", f"{DESK}/match-days/{{round}}"),
    HOST("GET", f"{DESK}/match-days/{{cancelled}}"),
    HOST("POST", f"{DESK}/match-days/{{round}}", most="5"),
    HOST("POST", f"{DESK}/match-days/{{round}}/{{listing}}", by="score"),
    HOST("GET", f"{DESK}/nominations/{{agreed}}"),
    OF_PLACEMENT("GET", f"{DESK}/placements"),
    OF_PLACEMENT("GET", f"{DESK}/placements/{{placement}}"),
    *(
        OF_PLACEMENT("POST", f"{DESK}/placements/{{placement}}/{command}")
        for command in ("start", "not-started", "no-show", "complete", "end", "extend", "feedback", "skills", "hire", "mentors")
    ),
    MENTORS("GET", "/mentor"),
    rule("mina cora", 403, zoe=404)("GET", "/mentor/people/{placement}"),  # redirects a host to its desk
    *(MENTOR("POST", f"/mentor/people/{{placement}}/{command}") for command in ("start", "feedback", "skills", "leave")),
    MENTORS("GET", "/mentor/nominations"),
    MENTOR("GET", "/mentor/nominations/{nomination}"),
    MENTORS("POST", "/mentor/nominations", who="{org}/ben-0000", programme="lead", note="Well"),
    MENTOR("POST", "/mentor/nominations/{nomination}/withdraw"),
    ORGANIZERS("GET", "/organize-days"),
    *(ORGANIZER("GET", f"/organize-days/{{conference}}{page}") for page in ("", "/plan", "/answers")),
    ORGANIZER("POST", "/organize-days/{conference}/plan"),
    ORGANIZER("GET", DAY),
    *(ORGANIZER(method, f"{DAY}/internships") for method in ("GET", "POST")),
    *(ORGANIZER(method, f"{DAY}/{step}") for step in ("lock", "publish", "open", "cancel") for method in ("GET", "POST")),
    ORGANIZER("GET", "/conferences/{conference}/insight/page"),
    rule("")("GET", "/insight/page"),
)
