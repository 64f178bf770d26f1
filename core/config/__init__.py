"""What a user writes in YAML: frozen models with unknown keys forbidden, presets, files and paths."""
