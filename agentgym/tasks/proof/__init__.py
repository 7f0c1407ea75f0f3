"""What a task must prove before it is admitted, and how its mutants fare."""
