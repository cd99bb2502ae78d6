"""Refusals that no phrase covers: a word for the recipient and a word for what became of it, and what stands beside them."""

import pytest

from notifications.bounces.domain import read, why
from notifications.bounces.domain.gone_words import WORDS
from notifications.bounces.domain.regexes import without_accents
from support.bounces import ADA, exim, parts, report, sendmail, words

HARD, SOFT, POLICY = "hard_bounce", "soft_bounce", "policy_bounce"

GONE = {
    "German": ["Der Inhaber dieses Kontos ist verstorben", "Kontoinhaber nicht in unserer Kundenliste", "Adresse ist fehlerhaft"],
    "French": ["Usager non inscrit chez nous", "Cette boîte n'est plus du tout utilisée", "Identifiant non répertorié"],
    "Spanish and Catalan": ["El usuario no figura en la lista", "Titular de la cuenta fallecido", "Adreça desconeguda"],
    "Italian": ["L'utente non risulta censito", "Casella soppressa", "Il titolare non lavora più qui"],
    "Portuguese": ["O titular não consta no cadastro", "Conta apagada", "Endereço incorreto"],
    "Dutch": ["De ontvanger komt niet in de lijst voor", "Brievenbus uitgeschakeld", "Dit adres kent onze server niet"],
    "Polish": ["Pracownik już tu nie pracuje: adres usunięty", "Skrzynka nie figuruje w spisie"],
    "Russian": ["Сотрудник уволен", "Адрес у нас не числится", "Учётная запись недействительна"],
    "Swedish": ["Den anställde jobbar inte här: adressen används inte", "Kontot är nedlagt, brevlådan stängd"],
    "Danish and Norwegian": ["Brugeren er ikke længere ansat: kontoen er fjernet", "Adressen brukes ikke mer"],
    "Finnish": ["Osoitetta ei tunneta", "Tili on päättynyt"],
    "Estonian, Latvian, and Lithuanian": ["Kasutajat ei leitud: tundmatu saaja", "Adresāts nav atrasts", "Gavėjas nerastas"],
    "Czech and Slovak": ["Zaměstnanec zde již není veden", "Adresa je nesprávna"],
    "Slovene, Croatian, and Serbian": ["Uporabnik ne obstaja", "Korisnik nije pronađen", "Налог је угашен"],
    "Bulgarian": ["Потребителят не съществува", "Няма такъв адрес"],
    "Hungarian": ["A postafiók nem létező", "Nincs ilyen címzett"],
    "Romanian": ["Destinatarul nu este cunoscut", "Contul a fost șters"],
    "Turkish": ["Bu adres tanınmıyor", "Kullanıcı artık kayıtlı değil"],
    "Ukrainian and Belarusian": ["Скриньку закрито", "Карыстальнік не знойдзены: адрас невядомы"],
    "Greek": ["Ο χρήστης είναι ανύπαρκτος", "Η διεύθυνση δεν είναι έγκυρη"],
    "Vietnamese": ["Tài khoản chưa được đăng ký", "Hộp thư đã đóng"],
    "Indonesian and Malay": ["Alamat penerima tidak dikenali", "Akaun telah ditutup"],
    "Arabic": ["المستخدم غير موجود", "هذا الحساب مغلق"],
    "Persian": ["کاربر یافت نشد", "این حساب حذف شده است"],
    "Hebrew": ["המשתמש לא נמצא", "הכתובת אינה קיימת"],
    "Thai": ["ไม่พบผู้ใช้"],
    "Hindi": ["उपयोगकर्ता नहीं मिला"],
    "Japanese": ["この利用者は退会されました", "会員が見当りません", "宛先が正しくありません"],
    "Chinese": ["该帐号未开通", "收件人已离职", "郵件地址有誤"],
    "Korean": ["폐쇄된 편지함입니다", "수신인이 확인되지 않습니다"],
}


def test_each_language_has_its_sentences() -> None:
    assert GONE.keys() == WORDS.keys()


@pytest.mark.parametrize("said", [said for sentences in GONE.values() for said in sentences])
def test_a_recipient_and_what_became_of_it_are_hard_in_each_language(said: str) -> None:
    assert why("5.0.0", f"550 {said}") == HARD
    assert why("5.0.0", f"550 {without_accents(said)}") == HARD, "as servers write it that know only ASCII"


@pytest.mark.parametrize(
    "said",
    [
        "We do not know any person called so: the addressee is unheard of, no such holder",
        "our directory does not list this pupil",
        "could not locate the owner of this address",
        "that tenant was deprovisioned",
        "the professor has quit",
        "account archived",
        "mailbox wiped last summer",
        "this address is not among our customers",
        "there is no use writing: the student does not study here, account lapsed",
        "former employee",
        "misspelled recipient",
        "user unkown",
        "not listed in our recipient table",
        "mailbox unavailable for this recipient",
        "ya no queda nadie con ese nombre",
        "da ist niemand mehr unter diesem Namen",
        "user ada (ada@uni.example) is not in use",
        "the domain uni.example is not hosted by us any more",
        "account suspended for good",
        "UserNotFound",
        "NoSuchMailbox",
        "that person does not live here",
        "no entry for ada in the address book",
        "the recipient could not be matched",
        "your contact does not exist on our server",
        "the user has died",
        "this domain does not accept mail",
        "cannot resolve the IP address of the domain",
        "Ce correspondant ne fait plus partie de l'entreprise",
        "Địa chỉ này không tồn tại",
    ],
)
def test_a_recipient_and_what_became_of_it_are_hard_in_english(said: str) -> None:
    assert why("5.0.0", f"550 {said}") == HARD


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("your access to this user has expired", SOFT),
        ("your contract with this customer was cancelled", SOFT),
        ("the mailbox is offline, ask again next week", SOFT),
        ("account on hold, user deleted until it is paid", SOFT),
        ("user takes mail from known contacts only, address not found among them", POLICY),
        ("Ваш адрес не найден у получателя", POLICY),
        ("Votre domaine est inconnu du destinataire", POLICY),
        ("Ihre Adresse ist dem Empfänger nicht bekannt", POLICY),
        ("您的邮箱不存在", POLICY),
        ("La nachricht an ada@uni.example wurde gelöscht", SOFT),
        ("Повідомлення для користувача видалено", SOFT),
        ("undefined mail delivery mode", SOFT),
        ("the mailbox takes no more messages today", SOFT),
        ("user path does not exist", SOFT),
        ("unable to find out whether the user exists", SOFT),
        ("mailbox closed for the night", SOFT),
        ("no user logged in", SOFT),
        ("unknown command for user", SOFT),
        ("mail for former customers is held for review", SOFT),
        ("a domain of your link does not exist", POLICY),
        ("El destinatario no acepta correo de desconocidos", POLICY),
        ("Il destinatario non accetta posta da sconosciuti", POLICY),
        ("Ihre Nachricht wurde vom Empfänger nach 30 Tagen gelöscht", SOFT),
        ("not sending to a previously bounced address: user unknown", POLICY),
    ],
)
def test_what_became_of_something_else_is_not_hard(said: str, expected: str) -> None:
    assert why("5.0.0", f"550 {said}") == expected


def test_what_exim_says_before_a_reply_is_no_part_of_it() -> None:
    quoted = f"host mx.uni.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<{ADA}>:\n    550 "
    assert read(exim(quoted + "we take no deleted items")).understood == SOFT
    assert read(exim(quoted + "user deleted")).understood == HARD


def test_a_code_and_a_plain_sentence_outweigh_advice_beside_them() -> None:
    said = "The user you named is unknown to us; our abuse desk helps"
    assert why("5.1.1", f"550 5.1.1 {said}") == HARD
    assert why("5.7.1", f"550 5.7.1 {said}") == POLICY
    assert why("5.1.1", "550 5.1.1 User unknown; blocked by Spamhaus") == POLICY
    assert why("5.1.1", "550 5.1.1 User unknown; try again later") == SOFT


def test_a_status_of_the_reporting_server_alone_does_not_outweigh_a_reply_that_says_something_else() -> None:
    """sendmail adds "5.1.1 User unknown" to each refusal of a recipient."""
    assert why("5.1.1", "550 Rule 4711 applies") == SOFT
    assert why("5.1.1", "550 5.1.1 Rule 4711 applies") == HARD
    assert why("5.1.1", "") == HARD
    assert read(report("5.1.1", "550 Rule 4711 applies", f"550 5.1.1 <{ADA}>... User unknown")).understood == SOFT
    assert read(sendmail(f"RCPT To:<{ADA}>", "550 No such user\n550 5.1.1 User unknown")).understood == HARD


def test_exchange_online_may_refuse_several_recipients_at_once() -> None:
    said = "550 5.4.1 All recipient addresses rejected : Access denied. AS(201806281)"
    assert read(report("5.4.1", said)).understood == HARD


def test_the_fields_by_which_a_report_names_our_mail_are_not_its_copy() -> None:
    told = (
        "This report relates to a message you sent with the following header fields:\n\n  Message-id: <1@mail.example.org>\n"
        f"  To: {ADA}\n  Subject: Your matches\n\nYour message cannot be delivered to the following recipients:\n\n"
        f"  Recipient address: {ADA}\n  Reason: "
    )
    assert read(words(told + "unknown or illegal alias")).understood == HARD
    assert read(words(told + "Over quota")).understood == SOFT


def test_a_sentence_goes_on_after_a_domain() -> None:
    assert read(report("5.0.0", "550 The domain uni.example has expired and was deleted")).understood == HARD
    assert read(report("5.0.0", "550 uni.example does not exist")).understood == HARD
    assert read(report("5.0.0", "550 mail.example.org does not exist")).understood == POLICY


def test_any_address_at_our_domain_is_ours() -> None:
    assert read(report("5.0.0", "550 verified postmaster@mail.example.org: no such user")).understood == POLICY
    assert read(report("5.0.0", "550 verified postmaster@uni.example: no such user")).understood == HARD


def test_words_in_another_language_are_read_from_a_notification_of_exchange() -> None:
    told = "Det gick inte att hitta e-postadressen du angav."
    fields = f"Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; {ADA}\nAction: failed\nStatus: 5.0.0\n"
    assert read(parts(("text/plain", told), ("message/delivery-status", fields))).understood == HARD
