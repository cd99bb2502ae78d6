"""A problem as a page, for people whose browser asked for something that it did not get."""

from html import escape
from typing import Final

from starlette.datastructures import Headers

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "X-Robots-Tag": "noindex",
}

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Opportunity Desk</title>
<meta name="description" content="What was asked for did not work, and why.">
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 34rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.4rem; line-height: 1.3; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{paragraphs}
</main>
</body>
</html>
"""


def render(title: str, details: list[str]) -> bytes:
    """The page. Nothing in it is markup but what stands here: titles and details may quote what a stranger sent."""
    paragraphs = "\n".join(f"<p><bdi>{escape(detail[:1].upper() + detail[1:])}</bdi></p>" for detail in details)
    return _PAGE.format(title=escape(title), paragraphs=paragraphs).encode(errors="replace")


def wants_page(headers: Headers) -> bool:
    """Whether the request's ``Accept`` names HTML and does not prefer JSON. Browsers name it; most programs send ``*/*``."""
    weights = {"html": 0.0, "json": 0.0}
    for accepted in ",".join(headers.getlist("accept")).split(","):
        media_type, *parameters = (part.strip().lower() for part in accepted.split(";"))
        weight = next((value for name, _, value in (text.partition("=") for text in parameters) if name.strip() == "q"), "1")
        kind = {"text/html": "html", "application/json": "json", "application/problem+json": "json"}.get(media_type)
        if kind:
            weights[kind] = max(weights[kind], _number(weight))
    return weights["html"] > 0 and weights["html"] >= weights["json"]


def _number(weight: str) -> float:
    try:
        return min(1.0, max(0.0, float(weight)))
    except ValueError:
        return 0.0
