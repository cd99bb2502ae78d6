"""How many people came to each conference, and agreed to be matched."""

from registration.turnout.domain import Presence, Turnout, TurnoutCount

PYCONF, ARRAYS, LOGS = (
    ("checked_in", "pyconf", ""),
    ("session_attended", "pyconf", "arrays"),
    ("session_attended", "pyconf", "logs"),
)
MET = ("person_met", "geo", "m1")


def test_everybody_counts_once_at_each_conference_and_session() -> None:
    count = TurnoutCount({})
    count.add([Presence("a1", {PYCONF, ARRAYS, LOGS, MET}, True), Presence("a2", {ARRAYS}, False), Presence("a3", set(), True)])
    turnouts = count.finish()
    assert turnouts.keys() == {"pyconf", "geo"}
    assert (turnouts["pyconf"].attended, turnouts["pyconf"].consented) == (2, 1)
    assert turnouts["pyconf"].sessions == {"arrays": 2, "logs": 1}
    assert (turnouts["geo"].attended, turnouts["geo"].consented, turnouts["geo"].sessions) == (1, 1, {})


def test_merged_attendees_are_one_person_who_agrees_only_if_all_of_them_do() -> None:
    count = TurnoutCount({"a1": "a1", "a2": "a1", "b1": "b1", "b2": "b1"})
    count.add([Presence("a1", {ARRAYS}, True), Presence("b1", {ARRAYS}, True)])
    count.add([Presence("a2", {ARRAYS, LOGS}, False), Presence("b2", {PYCONF}, True)])
    (turnout,) = count.finish().values()
    assert (turnout.attended, turnout.consented, turnout.sessions) == (2, 1, {"arrays": 2, "logs": 1})


def test_of_more_sessions_than_an_event_holds_those_of_most_people_are_published() -> None:
    turnout = Turnout(attended=9)
    turnout.sessions.update({f"s{number:05}": 1 for number in range(6000)} | {"z": 7})
    sessions = turnout.event("pyconf", 1).sessions
    assert len(sessions) == 5000
    assert (sessions[-1].session_id, sessions[-1].attended) == ("z", 7)
    assert [session.session_id for session in sessions] == sorted(session.session_id for session in sessions)
