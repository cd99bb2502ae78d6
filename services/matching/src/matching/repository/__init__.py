"""MongoDB: documents to domain types and back, one module per concern. Every query of the service is here."""
