"""Benchmarks: any agent over the field's benchmarks and over our own environments (paper 4 and 5)."""
