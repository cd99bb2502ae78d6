"""A cluster's namespace, for all tests of this folder together."""

import secrets
from collections.abc import Iterator

import pytest

from support.cluster import Namespace, kubeconfig


@pytest.fixture(scope="session")
def desk() -> Iterator[Namespace]:
    kubeconfig()
    namespace = Namespace(f"desk-{secrets.token_hex(3)}")
    try:
        namespace.make()
        yield namespace
    finally:
        namespace.kubectl("delete", "namespace", namespace.name, "--ignore-not-found", "--wait=false")
