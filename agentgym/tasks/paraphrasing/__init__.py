"""Tasks in other words: a model rewrites what the user says, and laws decide whether it still says the same."""
