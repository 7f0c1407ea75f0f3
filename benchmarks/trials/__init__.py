"""The parts of ``python -m benchmarks.experience``: what tasks are worth, measured from the outside."""
