"""The figures of insight, and how they are counted. Pure."""
