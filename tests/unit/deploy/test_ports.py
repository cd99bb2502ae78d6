"""Free ports: what no two processes are given, and what nobody listens at."""

import socket
import subprocess
import sys

from local_stack.ports import HOST, free_port

CHOOSING = (
    "import sys\nfrom local_stack.ports import free_port\nprint(*{free_port() for _ in range(300)}, flush=True)\nsys.stdin.read()"
)


def test_processes_that_run_at_the_same_time_are_given_different_ports() -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", CHOOSING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        given = [{int(port) for port in process.stdout.readline().split()} for process in processes if process.stdout]
    finally:
        for process in processes:
            process.communicate()
    given.append({free_port() for _ in range(300)})
    assert all(len(ports) > 90 for ports in given)
    assert len(set.union(*given)) == sum(map(len, given))


def test_a_port_that_is_in_use_is_not_given() -> None:
    taken = free_port()
    with socket.create_server((HOST, taken)):
        assert taken not in {free_port() for _ in range(300)}
    assert taken in {free_port() for _ in range(300)}
