"""Importers: one file per source, each from files to a Panel."""
