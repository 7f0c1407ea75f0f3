"""What the benchmark of masks compares with, written without the code that it judges."""
