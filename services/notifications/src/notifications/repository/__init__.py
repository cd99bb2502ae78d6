"""MongoDB: documents to domain types and back, one module per collection. Every query of the service is here."""
