"""The event contract: event types, topics, schemas, AsyncAPI, and whether a change is compatible."""
