"""Bounces and complaints: reads returned mail, suppresses bad addresses, and unsubscribes people who complain."""
