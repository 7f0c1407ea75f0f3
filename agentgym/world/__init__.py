"""Worlds: a domain's database and its tools. ``load.load`` reads a folder, ``world.World`` runs it.

Nothing is imported here, so that ``agentgym.world.naming`` does not pay for SQLAlchemy.
"""
