"""The funnel as CSV (RFC 4180), for spreadsheets."""

import csv
import io
from typing import Final

from matching.insight.domain.figures import HostAnswers, Insight, Steps

_ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of cells that spreadsheets take for formulas (OWASP, CSV Injection)."""


def funnel_csv(insight: Insight) -> str:
    """One line for each row of the funnel, below the columns' names. What is not known, or only for hosts, is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    stages, answers = list(Steps.model_fields), list(HostAnswers.model_fields)
    writer.writerow(["by", "id", "conference_id", "name", *stages, *answers])
    for row in insight.funnel:
        told = [getattr(row.steps, stage) for stage in stages] + [getattr(row.answers, name, None) for name in answers]
        counts = ["" if count is None else count for count in told]
        writer.writerow([row.by, _inert(row.id), _inert(row.conference_id or ""), _inert(row.name), *counts])
    return text.getvalue()


def _inert(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_ACTIVE) else text
