"""The engine: vocabulary, score, best lists, match day. Pure: no database, no broker, no clock."""
