"""Benchmarks that print JSON: run one with ``python -m benchmarks.<name>`` from the root of a checkout."""
