"""Panels of sessions by securities, their calendar, publication, units, corporate actions and industries."""
