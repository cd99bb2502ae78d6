"""HTTP interface for people who sign in, and for operators."""
