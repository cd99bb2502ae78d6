"""The vocabulary: turns skills and topics, as people write them, into keys that are equal for the same thing."""

from matching.engine.vocabulary.suggestions import Embedding, SemanticVocabulary
from matching.engine.vocabulary.vocabulary import Vocabulary

__all__ = ["Embedding", "SemanticVocabulary", "Vocabulary"]
