"""The harness of the proof of delivery: a load, the expected state, disasters, and the observed state.

It knows the services only from outside: their topics, their database, their process. It uses none of their code, so that
a fault in that code cannot hide.
"""
