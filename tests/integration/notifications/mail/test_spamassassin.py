"""What a spam filter thinks of each mail: SpamAssassin with the rules of its package, without asking the network."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifications.mail.samples import samples
from support.mails import Mails

MOST = 1.0
"""Points that are well below the 5 at which mail counts as spam: other filters add theirs."""
RULES = Path("/usr/share/spamassassin")


def points(mails: list[bytes], home: Path) -> dict[str, tuple[float, str]]:
    """Of each mail, by its correlation id (they come back in another order): its points, and the rules that gave them."""
    box = b"".join(b"From desk Mon Jul  8 12:00:00 2024\n" + mail.replace(b"\r\n", b"\n") + b"\n" for mail in mails)
    (home / "mails.mbox").write_bytes(box)
    command = ["spamassassin", "--local", "--nocreate-prefs", "--cf=use_bayes 0", "--mbox", str(home / "mails.mbox")]
    run = subprocess.run(command, capture_output=True, timeout=120, check=True, env=os.environ | {"HOME": str(home)})
    status = r"^X-Spam-Status: \w+, score=(-?[\d.]+) .*?tests=(.*?)\s+autolearn.*?^X-Correlation-ID: (\S+)$"
    found = re.findall(status, run.stdout.decode(), re.M | re.S)
    assert len(found) == len(mails)
    return {id: (float(score), re.sub(r"\s", "", rules)) for score, rules, id in found}


def test_no_mail_looks_like_spam(tmp_path: Path) -> None:
    """All in one run, as a start of it takes a second. One is none of ours: it shows that the rules are there."""
    if not shutil.which("spamassassin") or not RULES.is_dir():
        pytest.skip("no spamassassin on the PATH, or none of its rules (Debian's package: spamassassin)")
    now, mails = datetime.now(UTC), Mails()
    written = {sample.name: mails.write(sample, now) for sample in samples()}
    careless = b"From: desk@example.org\r\nX-Correlation-ID: careless\r\n\r\nAct now: $1,000,000 for you.\r\n"
    found = points([*written.values(), careless], tmp_path)
    assert found.pop("careless")[0] > MOST
    assert found.keys() == written.keys()
    assert {name: rules for name, (score, rules) in found.items() if score > MOST} == {}
