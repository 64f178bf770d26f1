"""Runs that are kept: where they lie, what they are called, how they differ, and how one is deleted."""
