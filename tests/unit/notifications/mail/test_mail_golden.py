"""Every mail as it was when somebody last looked at it. After a change that is meant:

python -m notifications.mail.preview tests/unit/notifications/mail/golden
"""

from pathlib import Path

import pytest

from notifications.mail.preview import Preview
from notifications.mail.templates import Templates
from notifications.mail_kinds import KINDS
from shared.wording.languages import LANGUAGES

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return dict(Preview(Templates()).files())


def test_there_is_a_file_for_each_mail_and_none_besides(written: dict[str, str]) -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(written)
    assert {f"{kind}.{language}.{form}" for kind in KINDS for language in LANGUAGES for form in ("html", "txt")} <= set(written)


def test_a_mail_says_and_looks_as_before(written: dict[str, str], subtests: pytest.Subtests) -> None:
    for name, text in written.items():
        with subtests.test(name):
            assert text.encode() == (GOLDEN / name).read_bytes()
