"""Files that people download: what a service stores about them."""

from collections.abc import Mapping

from fastapi.responses import Response
from pydantic_core import to_json

from shared import clock


def own_data(service: str, data: Mapping[str, object]) -> Response:
    """Everything that this service stores about whoever asks, as one JSON document."""
    headers = {"Content-Disposition": f'attachment; filename="opportunity-desk-{service}.json"', "Cache-Control": "no-store"}
    return Response(to_json({"exported_at": clock.now(), **data}, indent=2), media_type="application/json", headers=headers)
