"""How pages for organizers describe match days. The texts are translated when they are shown."""

from typing import Final, Literal

from shared.contract.events.matching import RoundState
from shared.wording.languages import translatable

Command = Literal["open", "lock", "publish", "cancel", "clean-up"]

STATES: Final[dict[RoundState, tuple[str, str]]] = {
    "draft": (translatable("Planned: nobody can rank yet"), "warn"),
    "open": (translatable("Open: attendees and hosts rank"), "strong"),
    "locked": (translatable("Locked: seats are being assigned"), ""),
    "matched": (translatable("Assigned: only you know the result"), "warn"),
    "published": (translatable("Published: everybody knows their result"), "good"),
    "cancelled": (translatable("Cancelled: it has no result"), ""),
}
"""The text of each state, with the tone of its badge."""

QUESTIONS: Final[dict[Command, str]] = {
    "open": translatable("Open the ranking?"),
    "lock": translatable("Lock the ranking?"),
    "publish": translatable("Publish the result?"),
    "cancel": translatable("Cancel this match day?"),
    "clean-up": translatable("Start a round for the seats left?"),
}
CONSEQUENCES: Final[dict[Command, str]] = {
    "open": translatable(
        "Attendees and hosts can rank from now on, and are told by mail. The internships of this match day can no longer change."
    ),
    "lock": translatable(
        "Nobody can rank any more. The seats are assigned at once; you see the result before anybody else does."
    ),
    "publish": translatable("Everybody who ranked is told their result by mail, and the seats are taken. This cannot be undone."),
    "cancel": translatable("It ends without a result, and the held seats are free again. This cannot be undone."),
    "clean-up": translatable(
        "Another match day opens at once for the seats that are left, and closes automatically. Attendees "
        "without a seat are invited by mail, including those who did not rank before."
    ),
}
BUTTONS: Final[dict[Command, str]] = {
    "open": translatable("Open the ranking"),
    "lock": translatable("Lock the ranking"),
    "publish": translatable("Publish the result"),
    "cancel": translatable("Cancel this match day"),
    "clean-up": translatable("Start a round for the seats left"),
}
DONE: Final = {
    "planned": translatable("The match day is planned. Open the ranking when you are ready."),
    "changed": translatable("The change is saved."),
    "open": translatable("The ranking is open."),
    "lock": translatable("The ranking is locked, and the seats are being assigned."),
    "publish": translatable("The result is being published. This takes a moment."),
    "cancel": translatable("The match day is cancelled."),
    "clean-up": translatable("The round for the seats left is open. You can find it among all match days."),
}
STALE: Final = translatable("This match day has changed since you saw it. Look at it as it is now, then decide.")
NOT_NOW: Final = translatable("This is not possible in the match day's current state. Nothing was changed.")
