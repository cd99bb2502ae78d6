"""The page for publishers: whatever it says of the contract is said in all languages."""

from collections.abc import Iterator

import pytest

from registration.attendance.api.publish_page import SUMMARIES
from shared.contract.schemas import fields
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.worded import Worded
from shared.wording.languages import translations


def said(name: str) -> Iterator[str]:
    """All words about a type of event."""
    yield SUMMARIES[name]
    for field in fields(name):
        yield from (field.type, field.required, field.meaning, *field.limits)


@pytest.mark.parametrize("name", ATTENDANCE_INBOUND.types)
def test_every_word_about_a_field_is_translated(name: str) -> None:
    gettext = translations("de", "registration").gettext
    texts = {text for text in said(name) if text}
    assert texts
    for text in texts:
        assert (text.translated(gettext) if isinstance(text, Worded) else gettext(text)) != text
