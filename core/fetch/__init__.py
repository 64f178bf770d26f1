"""Data through an installed client of a service, day by day: asked patiently, kept as it came, imported, checked."""
