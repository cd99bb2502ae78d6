"""How a service is put together and run. To be read in this order:

1. ``service``: database, consumers, outbox relay, background work and HTTP app, started and stopped together.
2. ``background``: work that is done again and again.
3. ``readiness``: what keeps a service from its work.
4. ``command_line`` and ``server``: what ``python -m <service>`` does.
"""
