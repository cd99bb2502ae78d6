"""Bounces in the formats of different mail servers."""

from typing import Final

TOKEN: Final = "5f1c09ab7be2d3440f6a1c8d9e2b7f30"
VERP: Final = f"bounces+{TOKEN}@mail.example.org"
ADA: Final = "ada@uni.example"

_HEADERS: Final = (
    f"Message-ID: <{TOKEN}@mail.example.org>\nSubject: An internship: no such user left behind, mailbox full of spam\n"
)


def report(status: str, diagnostic: str, text: str = "Your mail could not be delivered.", action: str = "failed") -> bytes:
    """A delivery status report (RFC 3464). ``diagnostic``: the remote server's answer; "" leaves the field out."""
    said = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    fields = f"Reporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; {ADA}\nAction: {action}\nStatus: {status}\n{said}"
    return parts(("text/plain", text), ("message/delivery-status", fields), ("text/rfc822-headers", _HEADERS))


def parts(*bodies: tuple[str, str], kind: str = "report; report-type=delivery-status", headers: str = "") -> bytes:
    """A bounce with these parts, each with its type ("" for a part without headers) and text."""
    inner = "".join(f"--b\n{f'Content-Type: {of_type}' if of_type else ''}\n\n{text}\n" for of_type, text in bodies)
    inner = inner.replace("--b\n\n\n", "--b\n\n")
    return _mail("Undelivered Mail Returned to Sender", f"multipart/{kind}; boundary=b", headers, f"{inner}--b--\n")


def words(
    text: str,
    subject: str = "Mail delivery failed: returning message to sender",
    sender: str = "Mail Delivery System <mailer-daemon@relay.example>",
    headers: str = "Return-Path: <>\n",
) -> bytes:
    """A bounce in plain text, followed by a copy of our mail."""
    copied = (
        f"{text}\n\n------ This is a copy of the message, including all the headers. ------\n\nReceived: from desk\n{_HEADERS}"
    )
    return _mail(subject, "text/plain; charset=utf-8", headers, copied, sender)


def exim(said: str) -> bytes:
    """A bounce in the format of Exim, IONOS, GMX and mail.ru."""
    return words(
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one "
        f"or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {ADA}\n    {said}"
    )


def qmail(said: str) -> bytes:
    """A bounce in the format of qmail and its successors."""
    return words(
        "Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver your message to the following "
        f"addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{ADA}>:\n{said}",
        subject="failure notice",
        sender="MAILER-DAEMON@relay.example",
    )


def sendmail(command: str, answer: str) -> bytes:
    """A bounce with a transcript of the session, in the format of sendmail."""
    return words(
        f"The original message was received at Wed, 8 Jul 2026 10:00:00 GMT\n\n   ----- The following addresses had permanent fatal "
        f"errors -----\n<{ADA}>\n\n   ----- Transcript of session follows -----\n... while talking to mx.uni.example.:\n"
        f">>> {command}\n<<< {answer}",
        subject="Returned mail: see transcript for details",
        sender="Mail Delivery Subsystem <MAILER-DAEMON@relay.example>",
    )


def _mail(
    subject: str, kind: str, headers: str, body: str, sender: str = "Mail Delivery System <mailer-daemon@relay.example>"
) -> bytes:
    top = f"From: {sender}\nTo: {VERP}\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: {kind}\n"
    return f"{headers}{top}\n{body}".encode()
