"""MongoDB. Read in this order:

1. ``mongo``: one unit of work is one transaction, what it publishes included (``outbox_documents``).
2. ``leases``: which instance works on something, and the loop over what is to be done.
3. ``server_requirements``: whether a MongoDB can keep what the services promise.
4. ``schema``: which schema a database has, and whether this release can read it.
5. ``instances``: the running instances of a service; what a killed one left open is closed by the others.
"""
