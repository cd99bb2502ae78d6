"""Regular expressions of texts in the contract, each with what it accepts, in words for whoever wrote a wrong one."""

from typing import Final

from shared.worded import Worded

ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}$"
LOCALE: Final = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"
URL: Final = r"^https?://[^\s\"'<>]+$"
ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
COUNTRY: Final = r"^[A-Z]{2}$"
CURRENCY: Final = r"^[A-Z]{3}$"
TIME_ZONE: Final = r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"
ROUND_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,47}(~[1-9])?$"
DIGEST: Final = r"^[0-9a-f]{64}$"
HANDLE: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
ED25519: Final = r"^[A-Za-z0-9_-]{43}$"
COLOUR: Final = r"^#[0-9a-f]{6}$"
LOGO: Final = r"^/logos/[0-9a-f]{64}\.png$"

IN_WORDS: Final = {
    ID: Worded("an id (letters, digits and . _ : ~ -, at most 128, the first one a letter or digit)"),
    LOCALE: Worded("a language tag (BCP 47) such as de or pt-BR"),
    URL: Worded("an address such as https://example.org/page"),
    ONE_LINE: Worded("one line of text"),
    COUNTRY: Worded("a country's two letters (ISO 3166-1), such as DE or BR"),
    CURRENCY: Worded("a currency's three letters (ISO 4217), such as EUR or BRL"),
    TIME_ZONE: Worded("a time zone (IANA) such as Europe/Prague or UTC"),
    ROUND_ID: Worded(
        "a round's id (letters, digits and . _ -, at most 48, the first one a letter or digit; ~1, ~2 … for clean-ups)"
    ),
    DIGEST: Worded("a SHA-256: 64 hexadecimal digits, in lower case"),
    HANDLE: Worded(
        "a handle (lower-case letters, digits, and single hyphens between them, starting with a letter), such as ada-lovelace"
    ),
    COLOUR: Worded("a colour such as #0b6b63, in lower case"),
    LOGO: Worded("the path of a logo: /logos/, its SHA-256 and .png"),
    ED25519: Worded("an Ed25519 public key: 32 bytes in URL-safe Base64 without padding"),
}
