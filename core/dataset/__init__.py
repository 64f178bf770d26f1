"""Datasets on disk: a manifest and Parquet files, cached for memory mapping."""
