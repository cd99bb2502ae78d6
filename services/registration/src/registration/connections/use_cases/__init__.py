"""Managing connections, receiving webhooks, and turning observations into attendance."""
