"""Names of conferences and topics of their sessions, as published by registration, for people to read and choose from."""
