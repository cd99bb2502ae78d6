"""Why somebody suits a listing, as hosts read it."""

from matching.desk.reasons import sentences
from shared.contract.events.matching import Reason


def test_words_in_common_come_last_in_one_sentence_however_much_they_contribute() -> None:
    reasons = [
        Reason(kind="similarity", term="packages", contribution=0.3),
        Reason(kind="similarity", term="archives", contribution=0.2),
        Reason(kind="skill", term="Python", contribution=0.1, declared=True),
    ]
    skill, loose = sentences(reasons)
    assert skill.term == "Python"
    assert loose.term == "packages, archives"


def test_a_mentor_who_looks_after_nobody_new_is_no_reason() -> None:
    reasons = [
        Reason(kind="met", contribution=0.3, person_id="mina"),
        Reason(kind="skill", term="Python", contribution=0.1, declared=True),
    ]
    assert [one.text for one in sentences(reasons, {"mona"})] == [
        "They met one of your mentors.",
        "They named it in their profile.",
    ]
    assert [one.term for one in sentences(reasons, {"mina"})] == ["Python"]
