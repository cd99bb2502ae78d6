"""Passkeys: whoever signed in by mail adds them, and then signs in by fingerprint, face or PIN (WebAuthn)."""
