"""The page of insight: its sentences, and that nothing hostile gets into it."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from fastapi import Request

from matching.insight.api import sentences as words
from matching.insight.api.funnel_csv import funnel_csv
from matching.insight.api.page import page_values
from matching.insight.api.sentences import Sentences
from matching.insight.domain.figures import (
    Crossing,
    FunnelRow,
    HostAnswers,
    HostFigures,
    Insight,
    SessionFigures,
    Skill,
    Steps,
    Totals,
)
from shared.web.pages.pages import Pages
from shared.wording.languages import Language, translations

PAGES = Pages("matching")
SAYS = Sentences()
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


def totals(**fields: object) -> Totals:
    none = dict.fromkeys(Totals.model_fields, 0)
    return Totals.model_validate(none | fields)


def insight(**fields: object) -> Insight:
    none: dict[str, object] = {name: [] for name in ("skills", "sessions", "crossings", "hosts", "conferences")}
    fixed = {"conference_id": "c1", "name": "PyConf", "as_of": datetime(2026, 7, 14, 12, 5, tzinfo=UTC), "totals": totals()}
    return Insight.model_validate(none | fixed | fields)


SKILL = Skill(name="Kafka", listings=9, attendees="<3", asked=0.75, held=0.02, gap=0.73)
SESSION = SessionFigures(
    conference_id="c1",
    conference="PyConf",
    session_id="s1",
    title="Arrays that fly",
    attended=50,
    matched=50,
    applied=12,
    placed="<3",
)
HOST = HostFigures(organization_id="o1", name="Acme", listings=12, seats=20, recommended=80, applied=30, ranked=30, placed="<3",
                   answers=HostAnswers.of(21, 7))  # fmt: skip
STEPS = Steps(
    came=250,
    agreed=100,
    recommended=80,
    opened=40,
    applied=30,
    interviewed=12,
    offered=5,
    accepted="<3",
    started=0,
    completed=0,
    hired=0,
)
FULL = insight(
    funnel=[
        FunnelRow(by="all", id="", conference_id=None, name="PyConf", steps=STEPS),
        FunnelRow(by="host", id="o1", conference_id=None, name="=HYPERLINK(1)", steps=STEPS.model_copy(update={"came": None}),
                  answers=HostAnswers.of(21, 2)),
    ],
    totals=totals(attendees=100, matched=80, ranked=30, placed="<3", hosts=1, listings=12, seats=20, skills=1, sessions=1,
                  comparable=40, crossing=10),
    skills=[SKILL],
    sessions=[SESSION],
    crossings=[Crossing(attendees="ict", listings="social-sciences", matched=10, placed=0)],
    hosts=[HOST],
)  # fmt: skip


class Text(HTMLParser):
    """What a page says, and the tags that it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def rendered(one: Insight | None, name: str = "PyConf", id: str | None = "c1") -> Text:
    return Text(html(one, name, id))


def html(one: Insight | None, name: str = "PyConf", id: str | None = "c1", language: Language = "en") -> str:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"desk.example")]}
    texts = translations(language, "matching")
    values = page_values("/desk", id, name, one, texts)
    return bytes(PAGES.page("insight/page", Request(scope), language=language, area="organizer", of="c1", **values).body).decode()


def test_sentences_say_what_matters() -> None:
    assert SAYS.lead(FULL) == "100 people agreed to be matched. 1 host offers 12 internships with 20 seats."
    assert SAYS.way(FULL.totals, STEPS) == (
        "Came: 250; agreed to be matched: 100. An internship is recommended to 80 (80%) of 100 attendees. "
        "Applied or ranked internships on a match day: 30 (30%). Have a seat: <3."
    )
    assert (
        SAYS.skills(FULL) == "The scarcest is \u2068Kafka\u2069: of 12 internships, 9 ask for it; of 100 attendees, <3 have it."
    )
    assert SAYS.sessions(FULL) == (
        "1 session was about something that recommended internships ask for. “\u2068Arrays that fly\u2069” led the most people "
        "to an application: 12 of the 50 who were there."
    )
    assert (
        SAYS.fields(FULL) == "Of 40 people whose field can be compared, 10 (25%) are recommended an internship outside their own."
    )
    assert SAYS.hosts(FULL) == "1 host offers 20 seats. Taken: <3."


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (totals(attendees=9, matched=9), "An internship is recommended to 9 (100%) of 9 attendees. Nobody has a seat yet."),
        (totals(attendees=9), "An internship is recommended to 0 of 9 attendees. Nobody has a seat yet."),
        (
            totals(attendees=2000, matched="<3", placed="<3"),
            "An internship is recommended to <3 of 2,000 attendees. Have a seat: <3.",
        ),
    ],
)
def test_how_far_people_came_reads_well_whatever_the_numbers(known: Totals, sentence: str) -> None:
    assert SAYS.way(known) == sentence


def test_the_page_follows_people_from_attendance_to_a_hire() -> None:
    said = rendered(FULL).said
    for stage, people in (
        ("Came", "250"),
        ("Agreed to be matched", "100"),
        ("Looked at an application", "40"),
        ("Interviewed", "12"),
        ("Accepted", "<3"),
        ("Hired", "0"),
    ):
        assert re.search(rf"{stage}\s+{people}\s", said), stage
    assert "Came" not in rendered(FULL.model_copy(update={"funnel": FULL.funnel[1:]})).said


def test_the_funnel_as_csv_has_no_formula_and_leaves_out_what_is_not_known() -> None:
    head, everybody, host, end = funnel_csv(FULL).split("\r\n")
    assert head == (
        "by,id,conference_id,name,came,agreed,recommended,opened,applied,interviewed,offered,accepted,started,completed,hired,"
        "answered,unanswered,rate"
    )
    assert everybody == "all,,,PyConf,250,100,80,40,30,12,5,<3,0,0,0,,,"
    assert host == "host,o1,,'=HYPERLINK(1),,100,80,40,30,12,5,<3,0,0,0,21,<3,0.913"
    assert end == ""


@pytest.mark.parametrize(("gap", "told"), [(0.181, "+18"), (0.004, "0"), (-0.004, "0"), (-0.25, "−25"), (1.0, "+100")])
def test_a_gap_is_told_in_points(gap: float, told: str) -> None:
    assert words.points(gap) == told


def test_the_gap_to_one_or_two_people_is_the_least_that_it_may_be() -> None:
    assert "≥ +73" in rendered(FULL).said
    assert "≥" not in rendered(FULL.model_copy(update={"skills": [SKILL.model_copy(update={"attendees": 5})]})).said


def test_of_one_or_two_attendees_there_is_no_figure_but_that() -> None:
    page = rendered(insight(totals=totals(attendees="<3", matched="<3", placed="<3", hosts=1, listings=2, seats=3)))
    assert "Fewer than 3 people agreed to be matched. 1 host offers 2 internships with 3 seats." in page.said
    assert "Results are shown from the third attendee on." in page.said
    assert not [tag for tag, _ in page.tags if tag in ("figure", "canvas", "table")]


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (totals(), "No host offers an internship yet, so nothing is asked for."),
        (totals(listings=1), "The internships name no skills. Hosts add them to their listings."),
        (totals(listings=1, skills=1), "Internships ask for 1 skill; there are no attendees yet who could have it."),
    ],
)
def test_what_is_missing_is_said_instead_of_an_empty_chart(known: Totals, sentence: str) -> None:
    assert SAYS.skills(insight(totals=known, skills=[SKILL] if known.skills else [])) == sentence


def test_a_page_without_any_figures_has_no_chart_and_says_why() -> None:
    page = rendered(insight())
    assert "Nobody who was at \u2068PyConf\u2069 has agreed to be matched yet" in page.said
    for sentence in ("No session has yet been about anything", "Nothing to compare yet", "No host offers an internship yet"):
        assert sentence in page.said
    assert not [tag for tag, _ in page.tags if tag in ("figure", "canvas", "table")]


def test_a_page_that_is_not_counted_yet_says_so() -> None:
    page = rendered(None)
    assert "Not counted yet" in page.said
    assert "canvas" not in [tag for tag, _ in page.tags]


def test_every_chart_has_a_table_with_what_it_draws_and_small_groups_are_not_drawn() -> None:
    page = rendered(FULL)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("canvas") == tags.count("table") == tags.count("details") == 5
    drawn = [float(attributes["value"] or "nan") for tag, attributes in page.tags if tag == "data"]
    assert {100, 80, 30, 0.75, 50, 12, 10} <= set(drawn)
    assert not {2, 0.02} & set(drawn)  # what the counts and the share below three may be
    # Two notes; accepted: of all; placed: of the session, of the host; attendees of the skill. Of 100 people, "<3%" twice.
    # Three sentences: who has a seat, who has the skill, how many seats are taken.
    assert page.said.count("<3") == 11
    assert re.search(r"As of .*14 July.* 12:05", page.said)


def heads(page: Text) -> list[str]:
    """The charts of the page, and how many columns of tables are drawn in them."""
    return [f"{attributes['data-chart']}" for tag, attributes in page.tags if tag == "figure" and "data-chart" in attributes]


def test_what_everybody_did_is_told_but_not_drawn() -> None:
    everybody = Steps(came=None, agreed=38, recommended=38, opened=0, applied=0, interviewed=0, offered=0, accepted=0, started=0,
                      completed=0, hired=0)  # fmt: skip
    session = SESSION.model_copy(update={"attended": 33, "matched": 33, "applied": 0, "placed": 0})
    host = HOST.model_copy(update={"recommended": 38, "applied": 0, "placed": 0, "answers": HostAnswers.of(0, 0)})
    early = FULL.model_copy(
        update={
            "funnel": [FULL.funnel[0].model_copy(update={"steps": everybody})],
            "sessions": [session],
            "hosts": [host],
            "totals": totals(attendees=38, matched=38, hosts=1, listings=2, seats=11, skills=1, sessions=1),
        }
    )
    page = rendered(early)
    assert heads(page) == ["bars", "matrix"]  # of skills, and of fields
    assert [tag for tag, _ in page.tags].count("table") == 5
    assert "Nobody who was there has applied for one of these yet." in page.said
    applied = early.model_copy(update={"sessions": [session, session.model_copy(update={"applied": 33})]})
    assert heads(rendered(applied)) == ["bars", "bars", "matrix"]


def test_hosts_whose_internships_have_closed_are_not_among_those_that_offer_seats() -> None:
    four = [HOST.model_copy(update={"organization_id": f"o{number}", "name": f"Host {number}"}) for number in range(4)]
    told = insight(hosts=four, totals=totals(hosts=2, seats=11, placed=7))
    assert SAYS.hosts(told) == "2 hosts offer 11 seats. Taken: 7. 2 other hosts have no open internship."
    told = insight(hosts=four[:3], totals=totals(hosts=2, seats=11))
    assert SAYS.hosts(told) == "2 hosts offer 11 seats. None is taken yet. 1 other host has no open internship."


def test_hostile_names_are_text_and_nothing_else() -> None:
    hostile = FULL.model_copy(
        update={
            "name": HOSTILE,
            "skills": [SKILL.model_copy(update={"name": HOSTILE})],
            "sessions": [SESSION.model_copy(update={"title": HOSTILE})],
            "hosts": [HOST.model_copy(update={"name": HOSTILE})],
        }
    )
    page, plain = rendered(hostile, HOSTILE), rendered(FULL)
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert page.said.count(HOSTILE) >= 5
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]


def test_nothing_is_loaded_from_elsewhere_and_no_script_is_in_the_page() -> None:
    page = rendered(FULL)
    loaded = [attributes.get("src") or attributes.get("href") or "" for tag, attributes in page.tags if tag in ("script", "link")]
    assert len(loaded) == 7
    for address in loaded:
        assert re.fullmatch(r"/assets/matching/[\w.-]+\.[0-9a-f]{12}\.(js|css|svg)", address), address
    assert all("src" in attributes for tag, attributes in page.tags if tag == "script")
    assert not [tag for tag, _ in page.tags if tag == "style"]


def test_all_conferences_are_linked_and_a_long_ranking_says_that_it_is_cut() -> None:
    rows = [{"conference_id": "c:1~x", "name": "PyConf", "attendees": 5, "matched": "<3", "placed": 0}]
    page = rendered(FULL.model_copy(update={"conference_id": None, "totals": totals(skills=812)}), "All conferences", None)
    assert "The table has the first 100 of 812 skills." in page.said
    linked = rendered(insight(conference_id=None, conferences=rows), "All conferences", None)
    assert "/desk/conferences/c%3A1~x/insight/page" in [attributes.get("href") for _, attributes in linked.tags]


def test_the_page_is_in_german_too_in_the_navigation_of_organizers() -> None:
    page = html(FULL, language="de")
    said = Text(page).said
    for text in (
        "Mit der Vermittlung einverstanden: 100 Personen.",
        "1 Gastgeber bietet 12 Praktika an (20 Plätze).",
        "Dadurch beworben",
    ):
        assert text in said
    assert '<html lang="de">' in page
    assert re.search(r'<a href="/organize/c1">', page)
    left = ("Skills", "attendees", "internship", "The table", "seats", "How it", "Social sciences")
    assert not [text for text in left if text in said]
