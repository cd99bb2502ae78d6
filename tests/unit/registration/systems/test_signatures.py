"""Which requests of other systems are believed: by secret, signature and time."""

from base64 import b64encode
from datetime import datetime, timedelta

import pytest

from registration.systems import WEBHOOK_ADAPTERS
from registration.systems.adapter import WebhookRefused, WebhookRequest
from registration.systems.connection import System
from support.adapters import NOW, request
from support.payloads import (
    basic,
    encoded,
    signature,
    standard_headers,
    swapcard_webhook,
)

SECRET = "a secret of some length"
STANDARD = "whsec_" + b64encode(b"0123456789abcdef0123456789abcdef").decode()
BODY = b'{"any": "thing"}'
GENUINE: dict[System, WebhookRequest] = {
    "pretix": request(BODY, authorization=basic(SECRET)),
    "eventbrite": request(BODY, {"key": SECRET}),
    "hievents": request(BODY, signature=signature(SECRET, BODY)),
    "swapcard": request(BODY, x_signature_256="sha256=" + signature(SECRET, BODY)),
}


@pytest.mark.parametrize("system", GENUINE)
def test_a_request_is_believed_by_any_valid_secret_and_no_other(system: System) -> None:
    webhooks = WEBHOOK_ADAPTERS[system]
    webhooks.verify(GENUINE[system], [SECRET], NOW)
    webhooks.verify(GENUINE[system], ["a newer secret", SECRET], NOW)
    for secrets in (["another secret"], []):
        with pytest.raises(WebhookRefused):
            webhooks.verify(GENUINE[system], secrets, NOW)
    with pytest.raises(WebhookRefused, match="missing"):
        webhooks.verify(request(BODY), [SECRET], NOW)


@pytest.mark.parametrize("system", ["hievents", "swapcard"])
def test_a_signature_fits_one_body_only(system: System) -> None:
    genuine = GENUINE[system]
    for body, headers in ((BODY + b" ", genuine.headers), (BODY, {name: "é" + value for name, value in genuine.headers.items()})):
        with pytest.raises(WebhookRefused):
            WEBHOOK_ADAPTERS[system].verify(WebhookRequest(headers, {}, body), [SECRET], NOW)


@pytest.mark.parametrize(
    "authorization", ["", "Basic", "Basic %%%", "Bearer x", basic("wrong"), "Basic " + b64encode(b"\xff").decode()]
)
def test_a_malformed_password_is_an_unverified_request(authorization: str) -> None:
    with pytest.raises(WebhookRefused):
        WEBHOOK_ADAPTERS["pretix"].verify(request(BODY, authorization=authorization), [SECRET], NOW)


def test_swapcards_own_example_of_a_signature_is_one_by_the_same_rule() -> None:
    body = encoded(swapcard_webhook())
    WEBHOOK_ADAPTERS["swapcard"].verify(
        request(body, x_signature_256="sha256=" + signature("my_secret", body).upper()), ["my_secret"], NOW
    )


def standard(body: bytes = BODY, at: datetime = NOW, secret: str = STANDARD) -> WebhookRequest:
    return WebhookRequest(standard_headers(secret, body, at=at), {}, body)


OTHER = "whsec_" + b64encode(b"another secret of 24 bytes, and more").decode()


def test_standard_webhooks_are_verified_as_their_own_signer_signs_them() -> None:
    verify = WEBHOOK_ADAPTERS["standard"].verify
    verify(standard(), [STANDARD], NOW)
    verify(standard(), [OTHER, STANDARD], NOW)  # rotated: the older one is still valid
    several = dict(standard().headers) | {
        "webhook-signature": f"v1a,xyz v1,!!! {standard(secret=OTHER).headers['webhook-signature']}"
    }
    verify(WebhookRequest(several, {}, BODY), [OTHER], NOW)  # the sender signs by both
    with pytest.raises(WebhookRefused):
        verify(standard(secret=OTHER), [STANDARD], NOW)
    with pytest.raises(WebhookRefused):
        verify(WebhookRequest(standard().headers, {}, BODY + b" "), [STANDARD], NOW)
    for missing in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        headers = {name: value for name, value in standard().headers.items() if name != missing}
        with pytest.raises(WebhookRefused, match="needed"):
            verify(WebhookRequest(headers, {}, BODY), [STANDARD], NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_standard_webhook_of_another_time_is_stale(seconds: int) -> None:
    with pytest.raises(WebhookRefused, match="5 minutes") as refused:
        WEBHOOK_ADAPTERS["standard"].verify(standard(at=NOW + timedelta(seconds=seconds)), [STANDARD], NOW)
    assert refused.value.verified
    WEBHOOK_ADAPTERS["standard"].verify(standard(at=NOW + timedelta(seconds=seconds * 299 // 301)), [STANDARD], NOW)
