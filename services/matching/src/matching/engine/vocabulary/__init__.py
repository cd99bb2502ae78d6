"""The vocabulary of skills and topics: what people write to keys that are the same for the same thing."""

from matching.engine.vocabulary.suggestions import Embedding, SemanticVocabulary
from matching.engine.vocabulary.vocabulary import Vocabulary

__all__ = ["Embedding", "SemanticVocabulary", "Vocabulary"]
