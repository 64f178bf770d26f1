"""Datasets on disk: a manifest and one Parquet file, cached for memory mapping."""
