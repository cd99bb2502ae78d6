"""Kafka, MongoDB and a mail inbox as plain processes of this machine: real servers, no containers.

    with Stack.start(directory, ports=Ports.free()) as stack:
        run_something(stack.environment())

Servers can also be started one by one (`start_kafka`, `start_mongodb`, `start_inbox`, `start_service`). Each is a `Server`, which
can be stopped, killed and restarted on the same port with the same data. Every call here blocks until the server answers; in a
coroutine, use `asyncio.to_thread`.
"""

from local_stack.kafka import start_kafka
from local_stack.mail import start_inbox
from local_stack.mongodb import start_mongodb
from local_stack.parts import Ports
from local_stack.process import Server, StartError
from local_stack.services import start_service
from local_stack.stack import Stack

__all__ = [
    "Ports",
    "Server",
    "Stack",
    "StartError",
    "start_inbox",
    "start_kafka",
    "start_mongodb",
    "start_service",
]
