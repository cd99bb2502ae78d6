"""What attendees and hosts decide: the same every time, of each kind something, and never more offers than seats."""

import os
import subprocess
import sys
from collections import Counter

from demo import choices, data
from demo.attendees import attendance

EMAILS = [each.person.email for each in attendance().attendees]
LISTINGS = data.internships()["listings"]
PROGRAM = "from demo import choices; print(choices.plans('sunpy', 'a', 2, map(str, range(9))), choices.wishes('a', list('abc')))"


def run(hash_seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True).stdout


def test_choices_are_the_same_in_another_process() -> None:
    assert run("1") == run("2")


def test_some_attendees_apply_for_one_or_two_of_their_five_best_matches() -> None:
    wished = [choices.wishes(email, list("abcdefg")) for email in EMAILS]
    numbers = Counter(map(len, wished))
    assert set(numbers) == {0, 1, 2}
    assert 30 < len(EMAILS) - numbers[0] < 70
    assert {listing for wishes in wished for listing in wishes} == set("abcde")
    assert all(len(set(wishes)) == len(wishes) for wishes in wished)


def test_a_host_that_does_not_answer_answers_nobody() -> None:
    by_answers = {choices.answers(each["organization_id"]): each for each in LISTINGS}
    assert set(by_answers) == {False, True}
    silent = by_answers[False]
    assert set(choices.plans(silent["organization_id"], silent["id"], 1, EMAILS[:5]).values()) == {"silence"}


def test_a_host_offers_no_more_seats_than_it_has_and_decides_on_everybody() -> None:
    kinds: Counter[str] = Counter()
    for listing in LISTINGS:
        plans = choices.plans(listing["organization_id"], listing["id"], listing["capacity"], EMAILS[:8])
        assert set(plans) == set(EMAILS[:8])
        counted = Counter(plans.values())
        assert counted["offer"] == (listing["capacity"] if choices.answers(listing["organization_id"]) else 0)
        kinds += counted
    assert set(kinds) == {"silence", "rejection", "interview", "offer"}


def test_the_order_of_applications_does_not_matter() -> None:
    assert choices.plans("sunpy", "a", 2, EMAILS[:9]) == choices.plans("sunpy", "a", 2, EMAILS[8::-1])


def test_there_is_every_kind_of_reply_and_course() -> None:
    assert {choices.reply(email, "a") for email in EMAILS} == {"accept", "decline", "silence"}
    assert {choices.course(email, "a") for email in EMAILS} == {"completed", "ended early", "no-show"}
    assert {choices.hired(email, "a") for email in EMAILS} == {False, True}
    assert {choices.slot(email, "a") for email in EMAILS} == {0, 1}
