"""What `helm test` of the platform's chart does, on services that are processes."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import httpx

from support.platform import Platform

SCRIPT = Path(__file__).parents[2] / "deploy/kubernetes/opportunity-desk-platform/files/mail_test.py"


async def test_the_chart_s_test_sees_the_mail_and_leaves_nobody_behind(platform: Platform, environment: dict[str, str]) -> None:
    email = f"helm.{environment['TOPIC_PREFIX']}x@example.org"
    key = await platform.operator()
    where = {service.upper(): platform.url(service) for service in ("registration", "notifications")}
    variables = os.environ | where | {"EMAIL": email, "API_KEY": key["authorization"].removeprefix("Bearer ")}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, SCRIPT], env=variables, capture_output=True, text=True, check=False)

    done = await asyncio.to_thread(run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert await platform.mails(email)
    async with httpx.AsyncClient(headers=key) as client:
        answer = await client.get(f"{platform.url('registration')}/attendees", params={"email": email})
    assert answer.status_code == 404
