"""What signing in and out leaves in the audit: with the whole service, on real servers."""

from support.authenticator import Authenticator
from support.passkeys import add, sign_in
from support.signing_in import People, code_in, link_in

ADA = "ada@example.org"


async def test_each_way_to_sign_in_and_out_leaves_an_entry_as_the_person_and_nothing_that_opens_a_session(people: People) -> None:
    by_code, by_link, by_passkey, stranger = (people.browser() for _ in range(4))
    mail = await people.mail(ADA, by_code)
    assert (await by_code.send("POST", "/sign-in/code", request=by_code.request_id, code="00000000")).status_code == 422
    assert (await by_code.send("POST", "/sign-in/code", request=by_code.request_id, code=code_in(mail))).status_code == 303
    link = link_in(await people.mail(ADA, by_link))
    await by_link.send("GET", link)
    assert [(await by_link.send("POST", link)).status_code for _ in range(2)] == [303, 410]
    device = Authenticator("https://desk.example.net")
    assert (await add(by_link, device)).status_code == 200
    assert (await sign_in(by_passkey, device)).status_code == 200
    ids = [str((await browser.send("GET", "/session")).json()["person_id"]) for browser in (by_code, by_link, by_passkey)]
    assert ids == ["ada"] * 3
    tokens = [browser.token for browser in (by_code, by_link, by_passkey)]
    await by_passkey.send("POST", "/sign-out")
    await by_link.send("POST", "/sign-out/everywhere")
    await stranger.send("POST", "/sign-out")

    answer = await people.api.get("/audit")
    entries = list(reversed(answer.json()["entries"]))
    assert [(entry["method"], entry["route"], entry["status"]) for entry in entries] == [
        ("POST", "/sign-in/code", 303),
        ("POST", "/sign-in/{token}", 303),
        ("POST", "/account/passkeys/options", 200),
        ("POST", "/account/passkeys", 200),
        ("POST", "/sign-in/passkey", 200),
        ("POST", "/sign-out", 303),
        ("POST", "/sign-out/everywhere", 303),
    ], "neither a wrong code nor a used link is anybody's"
    assert {(entry["person_id"], entry["key_id"]) for entry in entries} == {("ada", None)}
    assert all(entry["ids"] == {} and entry["correlation_id"] for entry in entries)
    code, link_1, _, _, passkey, out, everywhere = [entry["session_id"] for entry in entries]
    assert (out, everywhere) == (passkey, link_1)
    assert len({code, link_1, passkey}) == 3
    for secret in (*tokens, link.rpartition("/")[2], ADA):
        assert secret not in answer.text
