"""The market's dated rules as rows with sources."""
