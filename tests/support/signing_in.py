"""People who sign in, with their mails and browsers."""

import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from notifications.settings import Settings
from notifications.sign_in.passkeys.repository import Passkeys
from notifications.sign_in.repository import OperatorIds, SignInRequests, StartedSessions
from notifications.sign_in.use_cases.sessions import Sessions
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.web.access.session_copies import SessionCopies
from shared.web.access.sessions import COOKIE
from support.desk import Desk
from support.mail_server import MailServer
from support.patience import until


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def link_in(mail: EmailMessage) -> str:
    """The path of the sign-in link in the mail."""
    found = re.search(r"http\S+/sign-in/\S+", text_of(mail))
    assert found
    return urlsplit(found[0]).path


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"^ +(\d{4} \d{4})\s*$", text_of(mail), re.MULTILINE)
    assert found
    return found[1]


@dataclass
class Browser:
    """A browser from the service's point of view: it sends its session, and adopts a new one."""

    api: httpx.AsyncClient
    request_id: str = ""
    """The id of the last sign-in request."""
    seen: list[str] = field(default_factory=list)
    """All received ``Set-Cookie`` headers."""
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The token of the session; "" for none."""
        return self.cookies.get(COOKIE, "")

    @token.setter
    def token(self, token: str) -> None:
        self.cookies[COOKIE] = token

    async def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, *, json: object = None, **form: str
    ) -> httpx.Response:
        sent = {"origin": str(self.api.base_url).rstrip("/"), "accept": "text/html"} if method == "POST" else {}
        if cookies := "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value):
            sent["cookie"] = cookies
        answer = await self.api.request(method, path, headers=sent | (headers or {}), data=form or None, json=json)
        for header in answer.headers.get_list("set-cookie"):
            self.seen.append(header)
            [(name, morsel)] = SimpleCookie(header).items()
            self.cookies[name] = "" if morsel["max-age"] == "0" else morsel.value
        return answer

    async def ask(self, email: str, **form: str) -> httpx.Response:
        """Request a sign-in mail."""
        answer = await self.send("POST", "/sign-in", None, email=email, **form)
        if found := re.search(r'name="request" value="(\w+)"', answer.text):
            self.request_id = found[1]
        return answer

    async def who(self) -> str:
        """The id of the signed-in person; "" for nobody."""
        answer = await self.send("GET", "/session")
        assert answer.status_code in (200, 401)
        return str(answer.json().get("person_id", ""))


@dataclass
class People:
    """Signs people in by their mail."""

    api: httpx.AsyncClient
    mails: MailServer

    def browser(self) -> Browser:
        return Browser(self.api)

    def to(self, email: str) -> list[EmailMessage]:
        """The sign-in mails to this address, latest last."""
        return [mail for address, mail in self.mails.taken if address == email and "/sign-in/" in text_of(mail)]

    async def mail(self, email: str, browser: Browser, **form: str) -> EmailMessage:
        """Request a sign-in mail, and wait for it."""
        before = len(self.to(email))
        assert (await browser.ask(email, **form)).status_code == 200
        await until(lambda: len(self.to(email)) > before)
        return self.to(email)[-1]

    async def signed_in(self, email: str = "ada@example.org") -> Browser:
        """A browser in which this address is signed in."""
        browser = self.browser()
        answer = await browser.send("POST", link_in(await self.mail(email, browser)))
        assert answer.status_code == 303
        return browser


def sessions_of(desk: Desk, key: SecretStr | None = None) -> Sessions:
    """Starts and ends sessions outside the running service; with another ``SESSION_KEY``, if one is given."""
    db = desk.database.db
    keys = SigningKeys(db, Cipher(key or Settings().session_key, "SESSION_KEY"))
    requests = SignInRequests(db, Settings().unsubscribe_key)
    return Sessions(keys, SessionCopies(db), requests, OperatorIds(db), Passkeys(db), StartedSessions(db))
