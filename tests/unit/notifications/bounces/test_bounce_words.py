"""Refusals in the words of many servers and languages: of a missing address, a full mailbox, or our own mail."""

import pytest

from notifications.bounces.domain import read, why
from support.bounces import ADA, VERP, parts, qmail, report, sendmail, words

HARD, SOFT, POLICY = "hard_bounce", "soft_bounce", "policy_bounce"

GONE = [
    "No mail box for this user exists",
    "The mail-box you wrote to was not found",
    "rcpt does not exist",
    "is a deactivated mailbox",
    "closed account",
    "this user is inactive",
    "account has expired",
    "mailbox removed after 12 months of inactivity",
    "blocked due to inactivity",
    "badrcptto (no mailbox)",
    "BAD_RECIPIENT",
    "Unable to find alias user",
    "not found in LDAP",
    "no such mail drop",
    "this domain does not take mail (nullMX)",
    "lowest numbered MX record points to non-existent hosts",
    "unknown e-mail",
    "user unknown.",
    "recipient unrecognized",
    "is not an active address at this host",
    "no such ID",
    "no mailbox by that name is currently available",
    "this address is not used",
    "account administratively disabled",
    "address not present in our directory",
    "unroutable address",
    "I cannot deliver mail for this one",
    "this address has been retired",
    "we weren't able to find the recipient",
    "invalid mailbox (call forward)",
    "mailaddress is administratively disabled",
    "<ada> is disabled here",
    "user never logged in",
    "ada is not in our list of recipients",
    "this server does not handle mail for that user",
    "the address is not handled by this system",
    "unavailable mailbox",
    "Sorry, I couldn't find a mail exchanger or IP address",
    "ada's address has been replaced by another",
    "Callout verification failed: no such user",
    "invalid mailbox syntax",
    "unavailable mail user",
    "this server don't exists that user",
    "not a user of this server",
    "Podane konto nie istnieje / No mailbox here by that name",
    # without a word for whom it is about
    "does not exist",
    "is disabled",
    "unknown, see https://example.com/550",
    "no longer in use",
    "locked after a year of inactivity",
    "there is no usable MX host for it",
    "sorry, the address you gave is not in our local table",
    "no existe",
    "не существует",
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Japanese, Chinese, Korean
    "Der Empfänger ist hier unbekannt",
    "Kein Postfach unter diesem Namen",
    "Diese Adresse gibt es nicht",
    "Niemand unter dieser Adresse bekannt",
    "destinataire inexistant",
    "Cette boite n'existe plus",
    "aucun utilisateur de ce nom",
    "La cuenta no fue encontrada",
    "no existe ese usuario",
    "Indirizzo sconosciuto",
    "La casella non è attiva",
    "O destinatário não foi encontrado",
    "conta desativada",
    "De ontvanger bestaat niet",
    "Onbekend adres",
    "adres jest nieprawidłowy",
    "Brak takiego konta",
    "Почтовый ящик не найден",
    "неизвестный получатель",
    "宛先が見つかりません",
    "このアカウントは無効です",
    "收件人不存在",
    "查无此用户",
    "존재하지 않는 사용자: 사용자를 찾을 수 없음",
    # Swedish, Danish, Norwegian, Finnish, Czech, Slovak, Hungarian, Romanian, Turkish, Ukrainian, Greek, Vietnamese
    "Mottagaren finns inte",
    "Modtageren er ukendt",
    "Brukeren ble ikke funnet: kontoen er deaktivert",
    "Vastaanottaja on tuntematon",
    "Příjemce neexistuje",
    "Schránka nebola nájdená: používateľ neexistuje",
    "A címzett nem található",
    "Destinatarul nu există",
    "Kullanıcı bulunamadı",
    "Одержувача не знайдено",
    "Ο παραλήπτης δεν βρέθηκε",
    "Người nhận không tồn tại",
    # what happened in a longer form, or before the recipient
    "Die angegebene E-Mail-Adresse konnte nicht ermittelt werden",
    "Cette adresse n'est plus valide",
    "Impossible de trouver le destinataire",
    "No se ha podido encontrar la cuenta",
    "No se pudo localizar el buzón",
    "L'indirizzo immesso non è stato trovato",
    "Impossibile trovare la casella",
    "Não foi possível localizar a conta",
    "Het opgegeven e-mailadres kan niet worden gevonden",
    "Nie można odnaleźć użytkownika",
    "Такого адреса нет",
    "Не удалось найти получателя",
    "このアドレスは使われていません",
    "找不到该收件人",
    "E-postadressen kunde inte hittas",
    "Příjemce nelze najít",
    "Mailbox unknown. Either there is no mailbox associated with this name or you do not have authorization to see it.",
    "unrecognized O/R name",
    "no record of that user",
    "invalid rcptto",
    "the account you wrote to does no exists",
    "To konto jest zablokowane lub nieaktywne",
    "that e-mail does not exist",
    "this address is not our mail client",
    "recipient not in routing table",
    "not found by a lookup of the directory",
    "Die Adresse ist falsch",
    "Adresse erronée",
    "La dirección de correo es errónea",
    "Endereço errado",
    # no account, or a mailbox closed for disuse, in other languages
    "La persona no posee una cuenta aquí",
    "Cet utilisateur n'a pas de compte",
    "Il destinatario non ha un account",
    "O destinatário não possui conta",
    "Postfach gesperrt wegen Inaktivität",
    "compte bloqué pour inactivité",
    "Cuenta bloqueada por inactividad",
    "Casella bloccata per inattività",
    "Conta bloqueada por inatividade",
    "该邮箱因长期未登录被限制",
    # a plain statement beside a word that only names a topic
    "no such user (checked by the content filter)",
    "unknown recipient - Example Security Gateway",
    "Prohibited: this mailbox was deleted",
    "mailbox disabled, not accepting mail",
    "User unknown. Possibly truncated original follows",
    "account not found; message size 5 KB",
    "message rejected (no such recipient)",
    # a plain statement beside another sentence
    "User unknown. Please check the spelling and try again.",
    "User unknown. Your mail was rejected by the recipient's system.",
    "User unknown. Access is restricted to customers.",
    "account closed, do not retry",
    "User unknown, please verify the address and send it again",
    "Empfänger unbekannt. Bitte prüfen Sie die Adresse und versuchen Sie es später erneut.",
    "Utente sconosciuto, controllare l'indirizzo e riprovare.",
    "El usuario no existe. El mensaje se devuelve al remitente.",
    "用户不存在，请检查地址后重试。",
    # other words for a mailbox, what became of it, and other orders of both
    "there is nobody called ada here",
    "we do not have any user by this name",
    "account permanently suspended",
    "address is not in service",
    "the recipient has left the company",
    "dead account",
    "unable to locate the recipient",
    "that domain is not hosted here any more",
    "this is not one of our accounts",
    "the mailbox was archived and closed",
    "a record indicated no SMTP service",
    "unrouteable address, recipient verify failed",
    "Diese Adresse gibt es auf unserem Server nicht",
    "Diese Mailbox gibt es nicht mehr",
    "Der Mitarbeiter hat das Haus verlassen",
    "Benutzer steht nicht im Adressverzeichnis",
    "Ce compte n'est pas ouvert",
    "Pas d'usager de ce nom",
    "La cuenta fue dada de baja",
    "La casella è stata chiusa",
    "Essa conta foi encerrada",
    "De postbus is opgeheven",
    "Konto zostało zamknięte",
    "Ящик закрыт",
    "このアドレスは利用されておりません",
    "邮箱地址（ada@uni.example）不存在，无法送达",
    "삭제된 계정입니다",
    "Kontot är avslutat",
    "Kontoen er slettet",
    "Tili on suljettu",
    "Hesap kapatıldı",
]


@pytest.mark.parametrize("said", GONE)
def test_a_mailbox_that_is_gone_is_hard_in_many_words(said: str) -> None:
    assert why("5.0.0", f"550 {said}") == HARD
    assert why("4.0.0", f"450 {said}") == SOFT, "a server that answers 4xx asks us to try again"


FULL_OR_AWAY = [
    "user exceeded storage allocation",
    "Mailbox space not enough",
    "User has too many messages on the server",
    "Das Postfach ist voll",
    "Benutzer hat zu viele Mails",
    "la messagerie du destinataire est saturée",
    "El buzón del destinatario está lleno",
    "La casella ha superato lo spazio: casella piena",
    "A caixa do destinatário está cheia",
    "Het postvak van de ontvanger is vol",
    "Skrzynka jest przepełniona",
    "Ящик получателя переполнен",
    "容量を超えています",
    "该邮箱已满",
    "Mottagarens brevlåda är full",
    "Schránka příjemce je plná",
    "Alıcı posta kutusu dolu",
    "User not local; please try <other@example.org>",
    "용량 초과",
    "mailbox is currently disabled",
    "too many of these, recipient unknown",
    "mailbox temporarily disabled due to inactivity",
    "envelope expired",
    "message has expired",
    "vorübergehend nicht erreichbar, Empfänger unbekannt",
    "utilisateur inconnu temporairement",
    "smtp service: user lookup failed, input/output error",
    "Couldn't create the mailbox: no such user",
    "the address may be invalid, or the mailbox may be full",
    "This could be the result of a typing error or of an account that was closed",
    "Die Adresse ist möglicherweise ungültig",
    "mailbox unavailable or access refused",
    "user suspended",
    "no recipient activity since 2019",
    "recipient is not available today",
    "mailbox limit reached",
    "host not found. Name service error: host not found, try again",
    "Empfänger unbekannt: zu viele davon",
    "trop de destinataires inexistants",
]


@pytest.mark.parametrize("said", FULL_OR_AWAY)
def test_a_mailbox_that_is_full_or_away_is_soft(said: str) -> None:
    assert why("5.0.0", f"550 {said}") == SOFT
    assert why("5.1.1", f"550 5.1.1 {said}") == SOFT, "words win over codes"


ABOUT_US = [
    "unknown sender address",
    "mailbox of the sender was not found",
    "too many users unknown: possible harvest",
    "mailbox unavailable; invalid DNS MX or A resource record",
    "Your account has been disabled",
    "closed user group",
    "administrative prohibition",
    "user reject",
    "please give a valid From: the domain does not exist",
    "no valid recipients from 192.0.2.1",
    "sorry, that domain is not in my list of allowed rcpthosts",
    "Absender unbekannt, Adresse gesperrt",
    "expéditeur inconnu, adresse bloquée",
    "remitente desconocido: cuenta bloqueada",
    "Indirizzo del mittente sconosciuto",
    "адрес отправителя не найден",
    "送信者のアドレスが存在しません",
    "发件人地址不存在",
    "Avsändarens adress finns inte",
    "Adresa odesílatele neexistuje",
    "Sender verify callout: no such user",
    "we will not accept delivery of this message",
    "no longer accepts messages with this attachment",
    "This user no longer accepts mail from outside",
    "the mailbox no longer accepts e-mail messages larger than 10 MB",
    "Message-ID: domain does not exist",
    "an URL names a domain that does not exist",
    "the From: address is not valid",
    "you are not a known user here",
    "the sending account has been disabled",
    "sending from your account is disabled",
    "we have an account for that domain no longer",
    "no MX found for your domain",
    "le message est refusé car l'adresse de l'expéditeur n'existe pas",
    "sender address rejected: user unknown",
    "user not local - relay denied",
    "发送地址不存在",
    "Sender verification failed. No such user.",
    "Your domain is not known. The address does not exist.",
    "L'expéditeur est inconnu. L'adresse n'existe pas.",
]


@pytest.mark.parametrize("said", ABOUT_US)
def test_what_is_said_of_us_counts_against_nobody(said: str) -> None:
    assert why("5.0.0", f"550 {said}") == POLICY
    assert why("5.1.1", f"550 5.1.1 {said}") == POLICY


NOT_UNDERSTOOD = [
    "unknown error of this recipient's server",
    "recipient address rejected: invalid header",
    "do not notify user",
    "invalid domain name, see our site",
    "not accepted by the people here",
    "this email was deleted",
    "please contact the administrator, data invalid",
    "unbekannter Fehler beim Empfänger",
    "destinatario: error desconocido",
    "утерян адрес: неизвестная ошибка",
    "受信者: 不明なエラー",
    "5.1.0 - Unknown address error 554-'Transaction failed' (delivery attempts: 0)",
    # what happened to the mail instead of the mailbox
    "the message to this user was deleted",
    "your mail for the recipient has been cancelled",
    "the recipient's calendar is closed",
    "the server for this mailbox is closed on Mondays",
    "user: something went wrong",
    "the recipient's domain has closed its port",
    "Die Nachricht an den Empfänger wurde gelöscht",
    "Le message au destinataire a été supprimé",
    "el mensaje al destinatario fue eliminado",
    "il messaggio per il destinatario è stato cancellato",
    "письмо получателю удалено",
    "该收件人的邮件已被删除",
    "宛先への配信が削除されました",
    "수신자에게 전달할 수 없습니다",
]


@pytest.mark.parametrize("said", NOT_UNDERSTOOD)
def test_words_that_only_resemble_those_of_a_missing_user_are_not_hard(said: str) -> None:
    assert why("5.0.0", f"554 {said}") != HARD


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("5.1.10", HARD),
        ("5.7.17", HARD),
        ("5.7.18", HARD),
        ("5.2.4", SOFT),
        ("5.4.3", SOFT),
        ("5.7.13", POLICY),
        ("5.7.27", POLICY),
        ("5.6.7", POLICY),
        ("4.1.10", SOFT),
        ("4.7.17", POLICY),
        ("5.9.9", SOFT),
    ],
)
def test_a_code_alone_means_what_its_registry_says(status: str, expected: str) -> None:
    assert why(status, "") == expected


def test_a_sentence_may_have_the_recipients_address_as_its_only_noun() -> None:
    assert read(report("5.0.0", f"550 <{ADA}> does not exist")).understood == HARD
    assert read(report("5.0.0", "550 <bounces@other.example> does not exist")).understood == SOFT
    assert read(report("5.0.0", "550 <bounces@mail.example.org> does not exist")).understood == POLICY
    assert read(words(f"550 {ADA} is not valid", headers=f"X-Failed-Recipients: {ADA}\n")).understood == HARD


@pytest.mark.parametrize("said", ["550 1f-a2 User not found:{}", "550 {}:user not exist", "550 Mailbox ({}) not found"])
def test_an_address_ends_where_the_sentence_around_it_goes_on(said: str) -> None:
    assert read(report("5.0.0", said.format(ADA))).understood == HARD
    assert read(report("5.0.0", said.format("other@gone.example"))).understood == HARD


def test_a_recipient_that_was_rejected_is_hard_only_with_the_reason_left_out() -> None:
    assert read(report("5.0.0", f"550 5.1.0 Recipient rejected: <{ADA}>")).understood == HARD
    assert read(report("5.0.0", f"550 Recipient rejected: <{ADA}> greylisted")).understood == SOFT


def test_the_standard_sentence_of_550_says_nothing_beside_a_code_of_a_policy() -> None:
    standard = "Requested action not taken: mailbox unavailable"
    assert why("5.0.0", f"550 {standard}") == HARD
    assert why("5.7.1", f"550 5.7.1 {standard}") == POLICY
    assert why("5.7.1", "550 5.7.1 No such user!") == HARD
    assert why("5.5.1", "554 5.5.1 Error: no valid recipients") == HARD
    assert why("5.5.1", "503 5.5.1 Error: need RCPT command") == POLICY


@pytest.mark.parametrize("local", ["news", "a!b", "a%b", "#1", "{a}", '"a.b"', f"SRS0={'x' * 70}", "bounces+1=a/b"])
@pytest.mark.parametrize("said", ["550 <{}> does not exist", "550 5.1.0 {} is disabled", '550 "<{}>" does not exist'])
def test_a_sentence_without_a_noun_is_about_the_address_before_it(said: str, local: str) -> None:
    assert why("5.0.0", said.format(f"{local}@desk.example")) == SOFT, "that may be the sender"


@pytest.mark.parametrize(
    "said",
    ["unknown domain mail.example.org", f"{VERP} is not a valid address", "domain mail.example.org has no MX and was not found"],
)
def test_an_address_or_domain_of_ours_is_not_the_recipients(said: str) -> None:
    assert read(report("5.0.0", f"550 {said}")).understood == POLICY
    assert read(report("5.1.2", f"550 {said}")).understood == POLICY
    assert read(report("5.0.0", f"550 user unknown: from=<{VERP}> to=<{ADA}>")).understood == HARD


def test_a_domain_of_ours_may_also_be_the_recipients() -> None:
    raw = report("5.0.0", "550 no such user at mail.example.org").replace(ADA.encode(), b"ada@mail.example.org")
    assert read(raw).understood == HARD


def test_the_sentence_that_lists_who_failed_gives_no_reason() -> None:
    told = f"The following address(es) failed:\n\n  {ADA}\n    550 invalid parameters of the parcel"
    assert read(words(told)).understood == SOFT
    assert read(words(f"The following addresses are not valid:\n\n  {ADA}")).understood == HARD
    told = "The following recipient(s) could not be reached:\n\n  Ada on 8 July\n    The name is not recognized\n    EXCHANGE:MTA:UNI"
    assert read(words(told, subject="Undeliverable: Hello")).understood == HARD


def test_the_copy_of_our_mail_may_be_called_its_contents() -> None:
    told = "Reason: the recipient is unknown\n\nMessage contents follow:\n\nThe mailbox is full of spam"
    assert read(words(told, subject="Message Delivery Failure")).understood == HARD


def test_answers_about_other_recipients_are_left_out_of_a_transcript() -> None:
    told = "550 ada.example (smtp)... Host unknown\n250 bob.example (smtp)... Deferred\n"
    assert read(words(told)).understood == HARD


@pytest.mark.parametrize("code", ["553", "550 5.1.0"])
def test_a_refused_sender_is_noticed_where_the_report_ends_a_line_after_the_code(code: str) -> None:
    """Postfix folds its reports, and only the part for people names the refused command."""
    refused = "<news@desk.example> is an invalid address"
    told = f"<{ADA}>: host mx.uni.example[192.0.2.1] said: {code}\n    {refused} (in reply to MAIL FROM\n    command)"
    assert read(report("5.0.0", f"{code} {refused}", told)).understood == POLICY


@pytest.mark.parametrize("refused", ["my name was rejected", "sender was rejected"])
def test_what_qmail_was_refused_before_the_recipient_is_about_us(refused: str) -> None:
    said = "Remote host said: 501 5.0.0 invalid domain name"
    assert read(words(f"<{ADA}>:\nConnected to 192.0.2.1 but {refused}.\n{said}", subject="failure notice")).understood == POLICY
    assert read(qmail(said)).understood != POLICY


def test_the_reply_to_a_command_that_could_not_follow_says_nothing() -> None:
    told = f">>> RCPT To:<{ADA}>\n<<< 550 No such user\n>>> DATA\n<<< 503 Bad sequence of commands\n"
    assert read(words(told)).understood == HARD
    assert read(words(">>> DATA\n<<< 503 Bad sequence of commands\n")).understood == POLICY


def test_what_a_domain_is_called_says_nothing() -> None:
    said = "Host or domain name not found. Name service error for name=hostname-reputation.example type=A: Host not found"
    assert read(report("5.4.4", f"X-Postfix; {said}")).understood == HARD


def test_an_address_that_its_own_server_keeps_wrongly_is_soft() -> None:
    assert why("5.2.0", "550 5.2.0 RESOLVER.ADR.BadPrimary; the recipient's primary SMTP address is not valid") == SOFT


def test_what_a_server_is_called_says_nothing() -> None:
    said = f"This is the mail system at host relay.spam-filter.example.\n\n<{ADA}>: Unknown user"
    assert read(words(said)).understood == HARD


def test_a_bounce_without_any_sender_is_one() -> None:
    raw = words(f"You sent mail to {ADA}. That's not a valid user here.", subject="", sender="<>", headers="")
    assert read(raw).understood == HARD


def test_an_answer_to_an_earlier_attempt_does_not_soften_the_last_one() -> None:
    transcript = "550 5.1.1 User unknown\n451 4.4.1 reply: read error from mx2.uni.example."
    assert read(sendmail(f"RCPT To:<{ADA}>", transcript)).understood == HARD
    assert read(qmail("451 4.3.0 try again later\nand again\n551 no such user")).understood == HARD


def test_the_answer_to_data_may_say_that_all_recipients_were_refused() -> None:
    answer = "503 All recipients are invalid\n554 5.0.0 Service unavailable"
    assert read(sendmail("DATA", answer)).understood == HARD


def test_a_report_that_a_person_s_own_filter_answers_with_is_an_answer() -> None:
    raw = report("4.7.0", "X-Notice; Sender not approved yet. Follow the link")
    raw = raw.replace(b"Mail Delivery System <mailer-daemon@relay.example>", b"noreply@guests.example")
    assert read(raw).understood == POLICY
    assert read(raw.replace(b"Subject: Undelivered", b"Subject: Re: Undelivered", 1)).understood == "other"


@pytest.mark.parametrize("line", [b"From MAILER-DAEMON Wed Jul  8 10:00:00 2026\n", b">From x\n>From y\n"])
def test_lines_of_a_mailbox_file_before_the_headers_are_ignored(line: bytes) -> None:
    raw = report("5.1.1", "550 5.1.1 User unknown")
    assert read(line + raw) == read(raw)
    assert read(line + raw.replace(b"\n", b"\r\n")) == read(raw)


def test_a_report_whose_words_are_in_html_and_another_language_is_read() -> None:
    text = "<p>Ihre Nachricht konnte nicht zugestellt werden.<br>Der Empf&auml;nger ist unbekannt.</p>"
    raw = parts(("text/html", text), ("message/rfc822", "Subject: Your matches\n\nHello"), kind="mixed")
    assert read(raw).understood == HARD


@pytest.mark.parametrize("salutation", ["Dear sender", "Prezado remetente", "Sehr geehrter Absender"])
def test_a_salutation_does_not_make_it_about_the_sender(salutation: str) -> None:
    assert read(words(f"{salutation},\n\nthe account was not found.")).understood == HARD


def test_a_line_that_only_names_the_sender_does_not_make_it_about_the_sender() -> None:
    assert read(words(f"Sender: {VERP}\nRecipient: {ADA}\nReason: mailbox not found")).understood == HARD
    assert read(words(f"Sender: {VERP} was not found")).understood == POLICY


def test_a_sentence_in_words_only_may_have_the_recipients_address_as_its_only_noun() -> None:
    ours = f"To: {ADA}\nSubject: Your matches\n\nHello"
    raw = parts(("text/plain", f"Sorry, {ADA} is no longer in use."), ("message/rfc822", ours), kind="mixed")
    assert read(raw).understood == HARD
    raw = parts(("text/plain", "Sorry, bob@desk.example is disabled."), ("message/rfc822", ours), kind="mixed")
    assert read(raw).understood == SOFT


def test_a_daemon_that_returns_our_mail_writes_a_bounce_in_any_language() -> None:
    assert read(words("Lorem ipsum dolor", subject="Lorem ipsum")).understood == SOFT
    assert read(words("Lorem ipsum dolor", subject="Lorem ipsum", sender="Ada <ada@uni.example>")).understood == "other"
    assert read(words("Lorem ipsum dolor", subject="Lorem ipsum", headers="")).understood == "other"


def test_a_reply_that_quotes_or_resembles_a_bounce_is_a_reply() -> None:
    person = "Return-Path: <postmaster@uni.example>\nIn-Reply-To: <1@mail.example.org>\n"
    said = "We unblocked you. Mails such as this one pass now:\n> 554 5.7.1 Client host blocked"
    assert read(words(said, "Re: your ticket", "Postmaster <postmaster@uni.example>", person)).understood == "other"
    assert (
        read(words("I got this from you: mailbox full", "mailbox full?", "Ada <ada@uni.example>", person)).understood == "other"
    )


def test_a_server_that_says_that_it_stops_trying_does_not_delay() -> None:
    assert read(words("The recipient was not found. No further attempts will be made.")).understood == HARD
