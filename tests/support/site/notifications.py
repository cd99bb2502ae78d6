"""The site's data in notifications, and who may access each of its pages and actions."""

from typing import Final

from notifications.links import Links
from notifications.settings import Settings
from support.notified import Publisher
from support.site.everybody import OWN, PEOPLE, PUBLIC, Row, Site, id_of, rule

LINK: Final = rule("", 404, nobody=404)
"""A link that was not mailed. Links prove who is asking, so being signed in makes no difference."""
GONE: Final = rule("", 410, nobody=410)
OPERATORS: Final = rule("")
PASSKEY: Final = rule("", 404)
"""Somebody else's passkey."""

ROWS: Final[tuple[Row, ...]] = (
    PUBLIC("GET", "/design"),
    PUBLIC("GET", "/sign-in"),
    PUBLIC("POST", "/sign-in", email="somebody@example.org"),
    PUBLIC("POST", "/sign-in/code"),
    GONE("GET", "/sign-in/none"),
    GONE("POST", "/sign-in/none"),
    LINK("GET", "/open/none"),
    LINK("POST", "/open/none"),
    PUBLIC("POST", "/language", language="en", next="/home"),
    LINK("GET", "/mail/none"),
    LINK("GET", "/unsubscribe/none"),
    LINK("POST", "/unsubscribe/none"),
    LINK("POST", "/unsubscribe/none/undo"),
    LINK("GET", "/preferences/none"),
    LINK("POST", "/preferences/none"),
    PUBLIC("GET", "/unsubscribe/{unsubscribe}"),
    PUBLIC("GET", "/preferences/{preferences}"),
    OPERATORS("GET", "/templates"),
    OPERATORS("GET", "/templates/offer/en"),
    OWN("GET", "/account"),
    OWN("GET", "/account/export"),
    rule(" ".join(PEOPLE), nobody=303)("GET", "/session"),
    PASSKEY("POST", "/account/passkeys/none/name", name="Phone"),
    PASSKEY("POST", "/account/passkeys/none/remove"),
    OWN("POST", "/account/sessions/none/end"),
    OWN("POST", "/sign-out/everywhere"),
    PUBLIC("POST", "/sign-out"),
)


async def fill(publish: Publisher) -> Site:
    """Create everybody in notifications."""
    for who in PEOPLE:
        if who in ("ada", "ben", "olga", "otto"):
            await publish.contact(id_of(who))
        else:
            await publish.staff(id_of(who))
    await publish.applied()
    settings = Settings()
    links = Links(settings.public_url, settings.unsubscribe_key, "")
    ada = id_of("ada")
    values = {"preferences": links.preferences(ada), "unsubscribe": links.unsubscribe(ada)}
    return Site({name: url.rpartition("/")[2] for name, url in values.items()}, {who: id_of(who) for who in PEOPLE})
