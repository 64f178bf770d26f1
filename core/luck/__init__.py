"""Luck: what of a comparison of many trials remains when their number is counted."""
