"""The configuration of Caddy, which serves the site: https://caddyserver.com/docs/caddyfile.

``python -m shared.contract.caddyfile`` prints it as Compose needs it.
"""

import sys
from collections.abc import Mapping
from typing import Final

from shared.contract.paths import HIDDEN, HOME, NOWHERE, PATHS, interface
from shared.contract.topics import SERVICES

_COMPOSE: Final = {service: f"{service}:8000" for service in SERVICES}
"""Where Compose has the services."""
_FRONT: Final = next(path.service for path in PATHS if path.prefix == HOME)
_AWAY: Final = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>Please try again · Opportunity Desk</title>'
    '<body style="max-width:36rem;margin:3rem auto;padding:0 1.25rem;font:1rem/1.55 system-ui,sans-serif">'
    "<main><p><strong>Opportunity Desk</strong></p>"
    '<h1 style="font-size:1.6rem;line-height:1.2">This page cannot be reached now</h1>'
    "<p>Please try again in a minute: go back, or load the page again.</p>"
    '<div lang="de"><h2 style="font-size:1.2rem">Diese Seite ist gerade nicht erreichbar</h2>'
    "<p>Bitte versuche es in einer Minute noch einmal: Geh zurück oder lade die Seite neu.</p></div></main>"
)
"""The page that browsers get while a service is down. It has no braces, because Caddy would expand them."""


def caddyfile(address: str, upstreams: Mapping[str, str]) -> str:
    """Caddy's configuration for a site at ``address`` whose services are at these addresses, ``host:port``.

    With a public name as the address, such as ``desk.example.org``, Caddy gets its certificate by itself.
    """
    return _SITE.format(
        address=address,
        home=HOME,
        nowhere=NOWHERE,
        front=upstreams[_FRONT],
        away=_AWAY,
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

# The services close a connection that was idle for 5 seconds. A request sent at that moment would fail.
(keepalive) {{
	transport http {{
		keepalive 4s
	}}
}}

{address} {{
	encode zstd gzip
	redir / {home}
	handle /health/ready {{
		respond 200
	}}

{services}
	handle {{
		rewrite * {nowhere}
		reverse_proxy {front} {{
			header_up -X-Forwarded-Prefix
			import keepalive
		}}
	}}
	handle_errors {{
		header Retry-After 30
		@browser header Accept *text/html*
		handle @browser {{
			header Content-Type "text/html; charset=utf-8"
			header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
			respond `{away}` {{err.status_code}}
		}}
		respond "This page cannot be reached now. Please try again in a minute." {{err.status_code}}
	}}
}}
"""
_PAGES: Final = """\
	@{service} path {paths}
	handle @{service} {{
		reverse_proxy {upstream} {{
			header_up -X-Forwarded-Prefix
			import keepalive
		}}
	}}
"""
_INTERFACE: Final = """\
	handle_path {prefix}/* {{
		@{service}_hidden path {hidden}
		respond @{service}_hidden 404
		reverse_proxy {upstream} {{
			header_up X-Forwarded-Prefix {prefix}
			import keepalive
		}}
	}}
"""

if __name__ == "__main__":
    sys.stdout.write(compose_caddyfile())
