"""The first operator's key of the local stack, and that of Compose."""

from pathlib import Path

from local_stack import operator
from shared.web.access.scopes import SCOPES

COMPOSE = Path(__file__).parents[3] / "deploy" / "compose" / "README.md"


def test_an_operator_s_key_has_every_scope() -> None:
    assert operator.SCOPES.split(",") == [scope for scope in SCOPES if scope != "me"]
    assert f"keys create --name me --scopes {operator.SCOPES}\n" in COMPOSE.read_text()
