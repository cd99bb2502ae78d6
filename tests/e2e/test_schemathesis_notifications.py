"""Notifications keeps to its own OpenAPI: Schemathesis calls every operation with good and bad data, also by links of its own."""

from pathlib import Path

import pytest

from notifications.main import create_app
from notifications.settings import Settings
from support.copied_keys import copy_key
from support.desk import ADA, BOUNCES, INBOUND_KEY, KEY, Desk
from support.schemathesis import PHASES, schemathesis
from support.serving import serving

CONFIG = """
continue-on-failure = true
warnings = false
[auth.openapi.inbound]
bearer = "{inbound}"
[auth.openapi.key]
bearer = "{key}"
[generation]
max-examples = {examples}
database = "none"
[cache]
enabled = false
# Not all that is wrong shows in a schema: a choice that there is not, a mail that is not kept any more.
[checks.positive_data_acceptance]
enabled = false
[dictionaries.token]
values = {tokens}
[parameters]
"path.token" = {{ dictionary = "token", probability = 0.9 }}
"""


@pytest.mark.parametrize(("phases", "examples"), PHASES)
async def test_notifications_answers_as_it_is_documented_whatever_it_is_sent(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, phases: str, examples: int
) -> None:
    settings = {"INBOUND_KEY": INBOUND_KEY, "UNSUBSCRIBE_KEY": KEY.get_secret_value(), "BOUNCE_ADDRESS": BOUNCES}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    async with serving(create_app(Settings())) as client, Desk() as desk:
        await desk.attendee()
        token = await desk.sent()
        links = (desk.links.unsubscribe(ADA), desk.links.preferences(ADA), desk.links.view(token))
        tokens = [url.rpartition("/")[2] for url in links]
        key = await copy_key("notifications")
        config = CONFIG.format(inbound=INBOUND_KEY, key=key, examples=examples, tokens=tokens)
        assert await schemathesis(client, tmp_path, config, "--phases", phases) >= 15
