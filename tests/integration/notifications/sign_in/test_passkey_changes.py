"""Passkeys are added, renamed, removed and deleted: by whom, within which limits, and with which mail to their owner."""

import re
from dataclasses import replace
from datetime import timedelta

from pymongo import ReturnDocument

from notifications.settings import Settings
from notifications.sign_in.domain import SESSION_KEYS
from notifications.sign_in.passkeys.api import TICKET
from notifications.sign_in.passkeys.domain.records import MOST_PASSKEYS
from shared import clock
from shared.database.mongo import Tx
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.web.access.session_copies import SessionCopies
from shared.web.access.sessions import LIFETIME, SignInSession, signed
from support.authenticator import PRESENT
from support.desk import Desk
from support.mail_server import MailServer
from support.notified import Publisher, text, told
from support.passkeys import ORIGIN, add, device, options_to_add, sign_in
from support.patience import until
from support.signing_in import People, sessions_of

BOB = "bob@example.org"


async def test_a_passkey_is_added_by_whoever_has_just_signed_in(people: People, desk: Desk, publish: Publisher) -> None:
    await publish.contact("bob")
    await publish.applied()
    assert (await people.browser().send("POST", "/account/passkeys/options", {"accept": "*/*"})).status_code == 401
    ada, bob, phone = await people.signed_in(), await people.signed_in(BOB), device()
    made = {"credential": phone.create(await options_to_add(ada)), "name": "x"}
    bob.cookies[TICKET] = ada.cookies[TICKET]
    assert (await bob.send("POST", "/account/passkeys", json=made)).status_code == 403
    assert (await ada.send("POST", "/account/passkeys", json=made)).status_code == 403, "bob's try used it up"
    phone.flags = PRESENT
    assert (await add(ada, phone)).status_code == 403
    assert (await add(ada, device(), client={"origin": "https://evil.example"})).status_code == 403

    phone = device()
    assert (await add(ada, phone)).status_code == 200
    copy = device()
    assert (await add(bob, copy, id=phone.passkeys[0].id)).status_code == 409, "a credential has one owner"

    now = clock.now()
    key = SESSION_KEYS.signing(await SigningKeys(desk.database.db, Cipher(Settings().session_key)).all(), now)
    assert key
    since = now - timedelta(hours=1)
    old = people.browser()
    old.token = signed(SignInSession("s", "ada", 2**52, since, since + LIFETIME), key.key)
    assert await old.who() == "ada"
    assert (await old.send("POST", "/account/passkeys/options")).status_code == 403
    assert 'data-passkey="add"' not in (await old.send("GET", "/account")).text
    assert 'data-passkey="add"' in (await ada.send("GET", "/account")).text


async def test_passkeys_are_added_and_removed_soon_after_signing_in_alone(people: People, desk: Desk) -> None:
    await add(await people.signed_in(), device())
    [passkey] = await desk.database.db["passkeys"].find().to_list(2)
    now = clock.now()
    key = SESSION_KEYS.signing(await SigningKeys(desk.database.db, Cipher(Settings().session_key)).all(), now)
    assert key
    old, remove = people.browser(), f"/account/passkeys/{passkey['_id']}/remove"
    for minutes, status in ((16, 403), (14, 303)):
        since = now - timedelta(minutes=minutes)
        old.token = signed(SignInSession("s", "ada", 2**52, since, since + LIFETIME), key.key)
        assert (remove in (await old.send("GET", "/account")).text) == (status == 303)
        assert (await old.send("POST", "/account/passkeys/options")).status_code == (403 if status == 403 else 200)
        assert (await old.send("POST", remove)).status_code == status
    assert await desk.database.db["passkeys"].count_documents({}) == 0


async def test_a_person_has_ten_passkeys_at_most(people: People, desk: Desk) -> None:
    ada, phone = await people.signed_in(), device()
    made = phone.create(await options_to_add(ada))
    passkeys = desk.database.db["passkeys"]
    await passkeys.insert_many([{"_id": f"k{number}"} | stored(number) for number in range(MOST_PASSKEYS)])
    assert (await ada.send("POST", "/account/passkeys", json={"credential": made})).status_code == 409
    assert (await ada.send("POST", "/account/passkeys/options")).status_code == 409
    assert await passkeys.count_documents({}) == MOST_PASSKEYS
    assert (await ada.send("POST", "/account/passkeys/k3/remove")).status_code == 303
    assert (await add(ada, phone)).status_code == 200


def stored(number: int, person_id: str = "ada") -> dict[str, object]:
    return {
        "person_id": person_id,
        "also": [],
        "operator": False,
        "user_handle": b"h" * 32,
        "public_key": b"k",
        "sign_count": 0,
        "may_be_copied": False,
        "name": f"number {number}",
        "added_at": clock.now(),
        "used_at": None,
        "doubted_at": None,
    }


async def test_passkeys_are_renamed_and_removed_by_their_owner_alone(people: People, publish: Publisher) -> None:
    await publish.contact("bob")
    await publish.applied()
    ada, bob, phone = await people.signed_in(), await people.signed_in(BOB), device()
    await add(ada, phone, "<b>old & 'new'</b>\r\n")
    page = (await ada.send("GET", "/account")).text
    assert "&lt;b&gt;old &amp; &#39;new&#39;&lt;/b&gt;" in page
    assert "old" not in (await bob.send("GET", "/account")).text
    found = re.search(r'action="(/account/passkeys/[^"]+)/remove"', page)
    assert found
    for who, status in ((people.browser(), 401), (bob, 404)):  # nobody is asked to sign in again
        assert (await who.send("POST", f"{found[1]}/remove", none="")).status_code == status
        assert (await who.send("POST", f"{found[1]}/name", name="bob's")).status_code == status
    assert (await ada.send("POST", f"{found[1]}/name", name="my phone")).status_code == 303
    assert (await ada.send("POST", f"{found[1]}/name", name=" \0")).status_code == 422
    assert "my phone" in (await ada.send("GET", "/account")).text
    exported = (await ada.send("GET", "/account/export")).json()
    assert [one["name"] for one in exported["passkeys"]] == ["my phone"]
    assert [one["id"] for one in exported["contacts"]] == ["ada"]
    assert {"sign_in", "passkey_added"} <= {mail["kind"] for mail in exported["mails"]}
    assert len(exported["sessions"]) == 1
    foreign = {"origin": "https://evil.example"}
    assert (await ada.send("POST", f"{found[1]}/remove", foreign)).status_code == 403
    assert (await sign_in(people.browser(), phone)).status_code == 200
    assert (await ada.send("POST", f"{found[1]}/remove")).status_code == 303
    assert (await sign_in(people.browser(), phone)).status_code == 404
    assert (await ada.send("POST", f"{found[1]}/remove")).status_code == 404


async def test_the_person_is_told_by_mail_also_after_an_unsubscribe(
    people: People, publish: Publisher, mails: MailServer, desk: Desk
) -> None:
    change = {"$set": {"unsubscribed": True, "unsubscribed_at": clock.now()}}
    contacts = desk.database.db["contacts"]
    assert await contacts.find_one_and_update({"_id": "ada"}, change, return_document=ReturnDocument.AFTER)
    ada = await people.signed_in()
    await add(ada, device(), "Adas Telefon", "de-AT,en;q=0.5")
    [mail] = await until(lambda: told(mails, "passkey_added"))
    assert (mail["Subject"], mail["List-Unsubscribe"]) == ("Du hast einen neuen Passkey", None)
    assert "„Adas Telefon“" in text(mail)
    assert f"{ORIGIN}/account" in text(mail)
    [passkey] = await desk.database.db["passkeys"].find().to_list(2)
    await ada.send("POST", f"/account/passkeys/{passkey['_id']}/remove", {"accept-language": "en"})
    [mail] = await until(lambda: told(mails, "passkey_removed"))
    assert (mail["Subject"], "“Adas Telefon”" in text(mail)) == ("A passkey was removed", True)
    assert [to for to, _ in mails.taken] == ["ada@example.org"] * 3


async def test_erasure_merge_and_another_address_delete_passkeys(people: People, publish: Publisher, desk: Desk) -> None:
    names = ("erased", "merged", "into", "moved", "stays")
    for name in names:
        await publish.contact(name)
    await publish.applied()
    devices = {name: device() for name in names}
    for name, phone in devices.items():
        await add(await people.signed_in(f"{name}@example.org"), phone)
    await publish.erase("erased")
    await publish.contact("merged", 2, merged_into="into")
    await publish.contact("moved", 2, email="moved@other.example")
    await publish.contact("stays", 2, name="Another Name")
    await publish.applied()
    answers = {name: (await sign_in(people.browser(), phone)).status_code for name, phone in devices.items()}
    assert answers == dict.fromkeys(names, 404) | {"stays": 200}
    kept = await desk.database.db["passkeys"].find().to_list(10)
    assert [passkey["person_id"] for passkey in kept] == ["stays"]


async def test_a_session_that_ends_meanwhile_adds_no_passkey(desk: Desk) -> None:
    copies, sessions = SessionCopies(desk.database.db), sessions_of(desk)
    now = clock.now()
    session = SignInSession("s", "ada", 0, now, now + LIFETIME, ("other",))
    held: list[bool] = []

    async def add_beside_an_end(tx: Tx) -> None:
        if not held:
            assert await copies.version_and_generation("ada", tx) == (0, 0)  # what this transaction sees from here on
            await desk.database.transact(lambda other: sessions.end_all(["other"], other))
        held.append(False)
        held[-1] = await sessions.still_holds(session, tx)

    await desk.database.transact(add_beside_an_end)
    assert held == [False, False], "the first try conflicts, and the second one sees the end"
    later = replace(session, generation=await desk.database.transact(copies.newest_generation))
    assert await desk.database.transact(lambda tx: sessions.still_holds(later, tx))
    assert [await copies.has_ended(one, "k1") for one in (session, later)] == [True, False]
