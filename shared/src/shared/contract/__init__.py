"""The event contract: event types, topics, schemas, AsyncAPI documents, and the check that a change is compatible."""
