"""Helpers that tests of several rooms or services share: builders, fakes, servers, and ways to wait."""
