"""Realistic values for columns and arguments, drawn from a seed."""
