"""HTTP. Read in this order:

1. ``problems``: errors as problem details; in a browser, a ``problem_page``.
2. ``error_handlers``: which problem answers which error.
3. What is refused before a service looks at a request: ``gate`` checks its host and origin, ``bodies`` its size, and
   ``http_connections`` its speed.
4. ``health``: what orchestrators and Prometheus ask. ``correlation``: the correlation id of a request.

``networks`` is for requests that we make: which addresses are of the public internet.
"""
