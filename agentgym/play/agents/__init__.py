"""Agents: gold, fallible, planner, and any language model."""
