"""The event contract, and the small runtime that every service of Opportunity Desk uses. It is read in four parts:

1. ``contract``: what services say to each other. Begin with ``topics``, then one module of ``events``.
2. ``messaging`` and ``database``: how an event gets from Kafka into a transaction, and from the transaction to Kafka.
3. ``web``: problem details, and what is refused before a service looks at a request.
4. ``runtime``: how a service is put together, started and stopped; with ``settings`` and ``server_settings``, which say which
   settings there are, and ``environment``, which reads them.

The other modules stand alone, and each says in its first line what it is: ``refusals`` (why a use case does not do what it is
asked), ``validation`` (what is wrong with a value, in words), ``transient_errors`` (errors of servers: which pass by themselves),
and small ones such as ``clock``, ``backoff`` and ``persons``.
"""
