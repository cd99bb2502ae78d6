"""Applications, commands that hosts can still undo, and unsent letters, in MongoDB."""
