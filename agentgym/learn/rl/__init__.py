"""Seams for reinforcement learning: rewards, environments for TRL, a scoring function for verl (paper 5)."""
