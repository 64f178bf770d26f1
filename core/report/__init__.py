"""Metrics, charts and the self-contained HTML report."""
