"""How well bounces are understood, by a folder of labelled mails: ``BOUNCES`` names it; without it nothing is measured.

The folder holds mails and ``labels.tsv``: a name and a label in each line, with a tab between them. Labels are ``hard``, ``soft`` (any
bounce that is not hard), and ``none`` (a complaint, a reply).
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notifications.bounces.domain import read

RECOGNISED = ("hard_bounce", "soft_bounce", "policy_bounce", "delayed", "delivered")


def bounces() -> Iterator[dict[str, Any]]:
    """The parts of bounces that are recognised, of others that are read as hard, of hard ones that are found."""
    folder = os.environ.get("BOUNCES")
    if not folder:
        print("bounces: skipped, as BOUNCES names no folder of labelled mails", file=sys.stderr)
        return
    lines = (Path(folder) / "labels.tsv").read_text().splitlines()
    count = Counter[str]()
    for name, label in (line.split("\t") for line in lines if line):
        understood = read((Path(folder) / name).read_bytes()).understood
        count[label] += 1
        count[f"{label} recognised"] += understood in RECOGNISED
        count[f"{label} read as hard"] += understood == "hard_bounce"
    all_bounces = count["hard"] + count["soft"]
    for figure, value, of in (
        ("recognised", count["hard recognised"] + count["soft recognised"], all_bounces),
        ("hard_of_not_hard", count["soft read as hard"] + count["none read as hard"], count["soft"] + count["none"]),
        ("hard_found", count["hard read as hard"], count["hard"]),
        ("no_bounce_taken_for_one", count["none recognised"], count["none"]),
    ):
        yield {
            "name": f"bounces_{figure}",
            "value": round(value / of, 4) if of else None,
            "unit": f"part of {of} mails",
            "at": folder,
        }
