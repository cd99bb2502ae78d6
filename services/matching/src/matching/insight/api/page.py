"""The values shown on the insight page."""

from gettext import NullTranslations
from typing import Any
from urllib.parse import quote

from matching.insight.api.sections import sections
from matching.insight.api.sentences import ENGLISH, Sentences
from matching.insight.domain.figures import Insight


def page_values(
    root: str,
    conference_id: str | None,
    name: str,
    insight: Insight | None,
    texts: NullTranslations = ENGLISH,
    *,
    alone: bool = False,
) -> dict[str, Any]:
    """The values of the page's template.

    ``root``: the path prefix of the service; ``insight``: None before the first count; ``alone``: without a link to the page
    of all conferences, for those who cannot open it.
    """
    return {
        "root": root,
        "conference_id": conference_id,
        "conference_name": name,
        "alone": alone,
        "json": f"{root}/insight" if conference_id is None else f"{root}/conferences/{quote(conference_id)}/insight",
        "as_of": insight and insight.as_of,
        "lead": insight and Sentences(texts).lead(insight),
        "sections": sections(root, insight, texts) if insight else [],
    }
