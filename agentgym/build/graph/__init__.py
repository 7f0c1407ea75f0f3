"""The tool graph, the domains it falls into, and the directed edges inside them (paper 2.1)."""
