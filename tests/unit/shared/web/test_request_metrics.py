"""How long requests took is told by route, never by what clients choose."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY

from shared.web.gate import Gate
from shared.web.request_metrics import RequestMetrics

router = APIRouter(prefix="/metered/things")


@router.get("/{id}")
async def thing(id: str) -> str:
    if id == "broken":
        raise ZeroDivisionError
    return id


app = FastAPI()
app.include_router(router)
app.add_middleware(Gate, hosts=())
app.add_middleware(RequestMetrics)


def count(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("opportunity_desk_http_request_duration_seconds_count", labels) or 0


@pytest.mark.parametrize(
    ("method", "path", "counted"),
    [
        ("GET", "/metered/things/an-id", ("GET", "/metered/things/{id}", "2xx")),
        ("GET", "/metered/things/broken", ("GET", "/metered/things/{id}", "5xx")),
        ("POST", "/metered/things/an-id", ("POST", "/metered/things/{id}", "4xx")),
        ("GET", "/metered/a-guess", ("GET", "", "4xx")),
        ("BREW", "/metered/a-guess", ("other", "", "4xx")),
        ("HEAD", "/metered/things/an-id", ("HEAD", "", "2xx")),
    ],
)
async def test_a_request_is_counted_by_its_route_and_class_of_status(
    method: str, path: str, counted: tuple[str, str, str]
) -> None:
    before = count(*counted)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.request(method, path)
    assert count(*counted) == before + 1


async def test_what_is_refused_further_in_is_counted_too() -> None:
    before = count("GET", "", "4xx")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://evil.example") as client:
        assert (await client.get("/metered/things/an-id")).status_code == 421
    assert count("GET", "", "4xx") == before + 1
