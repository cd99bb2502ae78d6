"""The engine: vocabulary, score, continuous top-k, match day. Pure: no database, no broker, no clock."""
