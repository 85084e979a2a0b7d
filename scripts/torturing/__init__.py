"""Hostile inputs and faults, run against the real program, and what must hold whatever happens."""
