"""The harness of the proof of delivery: a load, what must become of it, disasters, and what has become of it.

It knows the services only from outside: their topics, their database, their process. It uses none of their code, so that
a fault in that code cannot hide itself.
"""
