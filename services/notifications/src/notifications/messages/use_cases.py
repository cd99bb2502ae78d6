"""What follows when somebody wants other mails than before, or has another address: what has not left is looked at again."""

from collections.abc import Set

from notifications.contacts.domain import Person, To
from notifications.messages.repository.messages import Messages
from shared.database.mongo import Tx


async def hold(messages: Messages, person: Person, unwanted_before: Set[str], to_before: To | None, tx: Tx) -> None:
    """Take back the mails that the person does not want any more, and those on their way to another address.

    What a digest would have told is news again. To be followed by a save of the person.
    """
    if unwanted := person.unwanted - unwanted_before:
        person.forget_mailed(await messages.cancel_unwanted(person.id, unwanted, tx), tx.now)
    if person.to != to_before:
        await messages.requeue(person.id, tx)
