"""Who gets in. To be read in this order:

1. ``scopes``: everything that an API key may be for.
2. ``keys``: what an API key is, and the text in which it is shown once.
3. ``guard``: checks the key of each request. Each route says with it what the route needs.
4. ``routes``: reads what the routes of an app need. An app with a route that does not say so does not start.
5. ``copies``: a service's own copies of the keys, which registration publishes.
6. ``sessions``: the token by which a person is signed in.
7. ``signed_in``: reads who is signed in from the cookie of each request.
8. ``session_copies``: what a service knows of the keys that sign sessions, and of sessions that ended early.
"""
