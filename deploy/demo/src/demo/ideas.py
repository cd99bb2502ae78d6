"""An attendee's idea becomes a host's listing."""

from datetime import date
from typing import Any

from demo import data
from demo.desk import Desk, Json
from demo.outcome import Outcome
from demo.prepare import publish_listing
from demo.terms import with_terms

KEY = "sky-tonight"


def proposal() -> Json:
    """What the attendee proposes, after a session of the conference. It is invented."""
    conference = data.conference()
    session = next(each for each in conference["sessions"] if "data visualisation" in each["topics"])
    return {
        "title": "The sky tonight, from your own window",
        "text": "A small web page that draws what can be seen from a given window tonight. (An invented idea.)",
        "skills": ["JavaScript"],
        "session": {"conference_id": conference["id"], "session_id": session["id"]},
        "conference_ids": [conference["id"]],
    }


async def adopt(desk: Desk, author: Outcome, organization: dict[str, Any], begins: date) -> Json:
    """Propose the idea, let the host ask and the author agree, and publish the listing. Returns the listing."""
    own = f"/attendees/{author.attendee_id}/ideas/{KEY}"
    written = proposal()
    idea = await desk.put("listings", own, written)
    of_host = f"/organizations/{organization['id']}/ideas/{idea['id']}"
    seen = await desk.get("listings", of_host)
    await desk.command("listings", f"{of_host}/ask", seen["version"])
    asked = await desk.get("listings", own)
    answer = {"organization_id": organization["id"]}
    adopted = await desk.command("listings", f"{own}/agree", asked["version"], answer)
    details = {
        "id": adopted["listing_id"],
        "organization_id": organization["id"],
        "title": written["title"],
        "description": written["text"],
        "skills": written["skills"],
        "mentor_ids": [organization["mentors"][0]["id"]] if organization["mentors"] else [],
        "conditions": {"remote": True},
        "capacity": 1,
    }
    return await publish_listing(desk, with_terms(details, begins, KEY))
