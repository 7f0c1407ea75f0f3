"""The parts of ``python -m benchmarks.build_quality``, one measurement a module, each hiding the truth it judges by."""
