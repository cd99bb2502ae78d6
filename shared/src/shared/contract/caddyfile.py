"""The configuration of Caddy, which serves the site: https://caddyserver.com/docs/caddyfile.

``python -m shared.contract.caddyfile`` prints it as Compose needs it.
"""

import sys
from collections.abc import Mapping
from typing import Final

from shared.contract.paths import HIDDEN, HOME, PATHS, interface
from shared.contract.topics import SERVICES

_COMPOSE: Final = {service: f"{service}:8000" for service in SERVICES}
"""Where Compose has the services."""


def caddyfile(address: str, upstreams: Mapping[str, str]) -> str:
    """Caddy's configuration for a site at ``address`` whose services are at these addresses, ``host:port``.

    With a public name as the address, such as ``desk.example.org``, Caddy gets its certificate by itself.
    """
    return _SITE.format(
        address=address,
        home=HOME,
        services="\n".join(_service(service, upstream) for service, upstream in upstreams.items()),
    )


def compose_caddyfile() -> str:
    """Caddy's configuration for Compose. Without SITE_ADDRESS, the site answers to every name, without TLS."""
    return caddyfile("{$SITE_ADDRESS::80}", _COMPOSE)


def _service(service: str, upstream: str) -> str:
    prefixes = [path.prefix for path in PATHS if path.service == service]
    pages = _PAGES.format(service=service, paths=" ".join(f"{prefix} {prefix}/*" for prefix in prefixes), upstream=upstream)
    return (pages if prefixes else "") + _INTERFACE.format(
        service=service, prefix=interface(service), hidden=" ".join(HIDDEN), upstream=upstream
    )


_SITE: Final = """\
# Generated from shared/contract/paths.py by `make contracts`. Do not edit.
{{
	admin off
	persist_config off
}}

{address} {{
	encode zstd gzip
	redir / {home}
	handle /health/ready {{
		respond 200
	}}

{services}
	handle {{
		respond "There is no such page here." 404
	}}
	handle_errors {{
		header Retry-After 30
		respond "This page cannot be reached now. Please try again in a minute." {{err.status_code}}
	}}
}}
"""
_PAGES: Final = """\
	@{service} path {paths}
	handle @{service} {{
		reverse_proxy {upstream} {{
			header_up -X-Forwarded-Prefix
		}}
	}}
"""
_INTERFACE: Final = """\
	handle_path {prefix}/* {{
		@{service}_hidden path {hidden}
		respond @{service}_hidden 404
		reverse_proxy {upstream} {{
			header_up X-Forwarded-Prefix {prefix}
		}}
	}}
"""

if __name__ == "__main__":
    sys.stdout.write(compose_caddyfile())
