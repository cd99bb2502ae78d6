"""Messages and mail templates over HTTP, for operators."""
