"""What the demo prints of what came of the conference."""

from typing import Any

import pytest

from demo import report
from demo.attendees import attendance
from demo.funnel import STEPS
from demo.story import Story
from demo.watch import SERVICES, Counts, Snapshot


def application(state: str) -> dict[str, Any]:
    return {"state": state}


STORY = Story(
    complaints=[],
    applications=[*map(application, ["rejected", "rejected", "accepted", "closed"])],
    placements=[
        {"state": "ended", "end_reason": "no_show", "hire": None},
        {"state": "completed", "end_reason": None, "hire": None},
        {"state": "completed", "end_reason": None, "hire": {"role": "Engineer"}},
    ],
    notes={"idea": "“The sky tonight”, proposed by Aiko Abara, is a listing of Astropy"},
    steps=dict.fromkeys(STEPS, 9) | {"came": 200, "hired": "<3"},
    mails=1234,
)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_what_came_of_the_conference_is_told_with_its_funnel(capsys: pytest.CaptureFixture[str]) -> None:
    report.story(STORY, 56.7)
    told = lines(capsys)
    assert "applications 4: 2 rejected, 1 accepted, 1 not answered" in told
    assert "placements 3: 2 completed, 1 never came; 1 hired afterwards" in told
    assert "idea “The sky tonight”, proposed by Aiko Abara, is a listing of Astropy" in told
    assert "time 57 s, after the services had started" in told
    assert [line.split()[:2] for line in told[-2:]] == [["completed", "9"], ["hired", "<3"]]


def test_what_the_services_made_of_the_attendance_is_told_before(capsys: pytest.CaptureFixture[str]) -> None:
    counts = dict.fromkeys(SERVICES, Counts()) | {"notifications": Counts(sent=17)}
    report.conference(attendance(size=20), Snapshot(counts, {"matching": {"listings": 5}}, 17), [])
    assert "listings 5 internships are open" in lines(capsys)


def test_progress_is_told_only_while_something_changes(capsys: pytest.CaptureFixture[str]) -> None:
    progress = report.Progress()
    for _ in range(2):
        progress.show(Snapshot(dict.fromkeys(SERVICES, Counts(lag=3)), {}, 0))
    assert lines(capsys) == ["0 s 12 events wait in Kafka, 0 mails are sent"]
