"""What shows that generated tools are right: laws, an oracle, differential runs, mutants."""
