"""Pages for mentors: the people they look after now, feedback, and nominations."""
