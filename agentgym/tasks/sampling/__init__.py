"""Drawing tasks (paper 2.2): walks over the tool graph, made concrete in a state of their own."""
