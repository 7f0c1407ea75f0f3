"""Episodes become trajectories (paper 3.1), thousands at once."""
