"""Bindings -> Python source, built from AST nodes."""
