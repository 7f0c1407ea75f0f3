"""The experiment in miniature: data, two-stage training from scratch, serving, evaluation, report."""
