"""Bounces and complaints: what comes back by mail is read, bad addresses are suppressed, and complainers unsubscribed."""
