"""Reads a schedule file in a separate process, with limits on time and memory.

A parser can hold Python's lock for seconds, and a small file can expand to a large one. Neither may stop the service. The process
does not have the service's secrets, either.
"""

import asyncio
import json
import os
import resource
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registration.schedules.fields import Unreadable
from registration.schedules.formats import read
from registration.schedules.schedule import Note, Schedule
from shared.contract.events.registration import Session
from shared.worded import Worded

CPU_SECONDS: Final = 30
WALL_SECONDS: Final = 120.0
MEMORY_BYTES: Final = 512 * 1024 * 1024
_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class ScheduleContent:
    """The content of a schedule file; see ``Schedule``."""

    name: str | None
    starts: date | None
    ends: date | None
    sessions: list[Session]
    notes: list[Note]
    noted: int

    @classmethod
    def of(cls, schedule: Schedule) -> "ScheduleContent":
        return cls(schedule.name, schedule.starts, schedule.ends, schedule.sessions, schedule.notes, schedule.noted)


async def read_in_process(body: bytes, media_type: str, charset: str = "") -> ScheduleContent:
    """Read a schedule file with ``formats.read``, in another process.

    Raises:
        Unreadable: it is not a schedule, or takes too much time or memory to read.
    """
    head = json.dumps([media_type, charset]).encode()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )
    try:
        async with asyncio.timeout(WALL_SECONDS):
            output, _ = await process.communicate(b"%b\n%b" % (head, body))
    except TimeoutError:
        raise Unreadable(
            "body", Worded("takes more than %(most)s s to read; is it a schedule?", most=round(WALL_SECONDS))
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Unreadable(
            "body",
            Worded(
                "takes more than %(most)s s or %(memory)s MB of memory to read; is it a schedule?",
                most=CPU_SECONDS,
                memory=MEMORY_BYTES // 1024**2,
            ),
        )
    return await asyncio.to_thread(_decoded, output)


def _decoded(output: bytes) -> ScheduleContent:
    lines = output.splitlines()
    answer = json.loads(lines[0])
    if "reason" in answer:
        raise Unreadable(text_of(answer["place"]), text_of(answer["reason"]))
    starts, ends = (date.fromisoformat(day) if day else None for day in (answer["starts"], answer["ends"]))
    return ScheduleContent(
        name=answer["name"],
        starts=starts,
        ends=ends,
        # One by one: decoding all at once would hold Python's lock for long.
        sessions=[Session.model_validate_json(line) for line in lines[1:]],
        notes=[Note(text_of(place), text_of(detail)) for place, detail in answer["notes"]],
        noted=answer["noted"],
    )


def main() -> None:
    """Read the media type, the charset and the file from standard input. Write the content, with a line for each session."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    media_type, charset = json.loads(sys.stdin.buffer.readline())
    output = sys.stdout.buffer
    try:
        schedule = read(sys.stdin.buffer.read(), media_type, charset)
    except Unreadable as error:
        output.write(json.dumps({"place": parts_of(error.place), "reason": parts_of(error.reason)}).encode())
        return
    head = {
        "name": schedule.name,
        "starts": schedule.starts and schedule.starts.isoformat(),
        "ends": schedule.ends and schedule.ends.isoformat(),
        "notes": [(parts_of(note.place), parts_of(note.detail)) for note in schedule.notes],
        "noted": schedule.noted,
    }
    output.write(json.dumps(head).encode())
    for session in schedule.sessions:
        output.write(b"\n" + session.model_dump_json().encode())


def parts_of(value: object) -> object:
    """The value in JSON form. A translatable text becomes a template with its values."""
    return [value.template, {name: parts_of(one) for name, one in value.values.items()}] if isinstance(value, Worded) else value


def text_of(parts: Any) -> Any:
    """The text from which ``parts_of`` was made."""
    return Worded(parts[0], **{name: text_of(one) for name, one in parts[1].items()}) if isinstance(parts, list) else parts


if __name__ == "__main__":
    main()
