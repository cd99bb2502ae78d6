"""Access control. Read in this order:

1. ``scopes``: everything that an API key may be for.
2. ``keys``: what an API key is, and the text in which it is shown once.
3. ``sessions``: the token by which a person is signed in.
4. ``roles``: what people who are signed in may do, by the same scopes.
5. ``callers``: whoever makes a request, a program by its key or a person by their session.
6. ``audit``: records who changed what. ``audit_trail`` keeps it, ``audit_api`` shows it.
7. ``signed_in``: reads who is signed in from the cookie of each request.
8. ``guard``: checks the caller of each request. Each route says with it what the route needs.
9. ``router``: has the guard asked before a request's body is read.
10. ``routes``: reads what the routes of an app need. An app with a route that does not say so does not start.
11. ``copies``: a service's own copies of the keys, which registration publishes.
12. ``session_copies``: what a service knows of the keys that sign sessions, and of sessions that ended early.
"""
