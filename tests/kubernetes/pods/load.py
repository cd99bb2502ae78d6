"""Asks all services and sends events until SIGUSR1, then waits until each event is recorded. A pod's program: it needs Python alone."""

import http.client
import json
import os
import signal
import sys
import time
import uuid

SERVICES = ("registration", "listings", "matching", "notifications")
SOURCE = f"load-{uuid.uuid4().hex}"
faults: list[str] = []
ended = False


def end(*_: object) -> None:
    global ended
    ended = True


def ask(service: str, path: str, event: object = None) -> int:
    """The status of the answer, or 0 without one."""
    connection = http.client.HTTPConnection(service, timeout=20)
    headers = {"authorization": f"Bearer {os.environ['API_KEY']}", "content-type": "application/cloudevents+json"}
    try:
        connection.request("POST" if event else "GET", path, json.dumps(event) if event else None, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        faults.append(f"{service}: {error!r}")
        return 0
    finally:
        connection.close()


def expect(status: int, service: str, path: str, event: object = None) -> None:
    if (said := ask(service, path, event)) not in (status, 0):
        faults.append(f"{service}: {path} is answered with {said}")


def attended(number: int) -> dict[str, object]:
    attendee = {"email": f"{number}@{SOURCE}.example.org", "name": "Helm Test"}
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": SOURCE,
        "type": "attendance.session_attended.v1",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "data": {"conference_id": "helm-test", "session_id": "s1", "attendee": attendee},
    }


signal.signal(signal.SIGUSR1, end)
sent = 0
while not ended:
    expect(202, "registration", "/attendance", attended(sent))
    sent += 1
    for name in SERVICES:
        expect(200, name, "/openapi.json")
    print("rounds:", sent, flush=True)
    time.sleep(0.1)
waiting, patience = set(range(sent)), time.monotonic() + 120
while waiting and time.monotonic() < patience:
    waiting -= {number for number in waiting if ask("registration", f"/attendance/{SOURCE}/{number}") == 200}
    time.sleep(1)
print(f"sent {sent}, lost {len(waiting)}", *faults, sep="\n")
sys.exit(bool(waiting or faults))
