"""The rules of applications. Pure."""
