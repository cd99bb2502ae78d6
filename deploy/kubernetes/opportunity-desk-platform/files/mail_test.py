"""An attendance event in, its mail seen out. It needs Python alone, and leaves nobody behind."""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

EMAIL, CONFERENCE = os.environ["EMAIL"], "helm-test"


def check(fine: object, *words: object) -> None:
    if not fine:
        sys.exit(" ".join(map(str, words)))


def ask(service: str, method: str, path: str, content: Any = None, kind: str = "application/json", **query: str) -> Any:
    url = f"{os.environ[service]}{path}?{urllib.parse.urlencode(query)}"
    headers = {"authorization": f"Bearer {os.environ['API_KEY']}", "content-type": kind}
    body = json.dumps(content).encode() if content is not None else None
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - the chart says where
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def until(what: str, look: Callable[[], Any], seconds: int = 120) -> Any:
    end = time.monotonic() + seconds
    while not (found := look()):
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(1)
    print(what, flush=True)
    return found


def attendee() -> Any:
    status, found = ask("REGISTRATION", "GET", "/attendees", email=EMAIL)
    return found["id"] if status == 200 else None


def welcome() -> Any:
    status, found = ask("NOTIFICATIONS", "GET", "/messages", person_id=person)
    check(status in (200, 401), status, found)  # a new key is known here within seconds
    return status == 200 and [mail for mail in found if mail["kind"] == "welcome" and mail["state"] == "sent"]


days = {"starts": time.strftime("%Y-%m-%d"), "ends": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400))}
session = {"id": "s1", "title": "Does it work?", "skills": ["Kubernetes"], "topics": ["operations"]}
status, said = ask("REGISTRATION", "PUT", f"/conferences/{CONFERENCE}", {"name": "Helm test", **days, "sessions": [session]})
check(status in (200, 201), status, said)
check(not attendee(), f"{EMAIL} is an attendee: choose another address for the test")
event = {
    "specversion": "1.0",
    "id": str(uuid.uuid4()),
    "source": "helm-test",
    "type": "attendance.session_attended.v1",
    "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    "data": {
        "conference_id": CONFERENCE,
        "session_id": "s1",
        "attendee": {"email": EMAIL, "name": "Helm Test", "consent": {"mail": True}},
    },
}
status, said = ask("REGISTRATION", "POST", "/attendance", event, "application/cloudevents+json")
check(status == 202, status, said)
try:
    person = until("the event was recorded", attendee)
    until("its mail was sent", welcome)
finally:
    print("erased:", ask("REGISTRATION", "DELETE", "/attendees", email=EMAIL)[0])
