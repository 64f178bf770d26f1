"""Panels, calendars, sources, stores and audits."""
