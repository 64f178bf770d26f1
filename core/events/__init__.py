"""What followed events: entries to lists, changed margin ratios, dates of a file."""
