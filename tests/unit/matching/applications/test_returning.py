"""Somebody who was erased comes back under the same id, and does the same again."""

from matching.model.candidates import Candidate
from support.applying import DAY
from support.hiring import START, Hiring, listing


def test_whoever_returns_after_an_erasure_gets_every_mail_again() -> None:
    world = Hiring()

    async def happens() -> list[tuple[str, str]]:
        """They apply, and take the seat. The mails that come of it, each with what it is about."""
        before = len(world.post.sent)
        await world.profile(Candidate("ada", 0, 1, conference_ids={"c1"}), known=False)
        await world.do("accept", await world.offered("ada", "l1"))
        await world.deliver()
        await world.post.send_due(lambda mail: None)
        return [(mail.about, mail.kind.name) for mail in world.post.sent[before:]]

    async def both() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        await world.publish(listing("l1", None, 40, capacity=1))
        first = await happens()
        await world.erase("ada")
        await world.post.forget("ada")
        world.set_time(START + DAY)
        return first, await happens()

    first, second = world.run(both())
    assert {"application_sent", "offer_answered", "placement_confirmed", "mentor_introduction"} <= {kind for _, kind in first}
    assert sorted(kind for _, kind in first) == sorted(kind for _, kind in second)
    assert not {about for about, kind in first if kind != "host_summary"} & {about for about, _ in second}
