"""What data look like on a day: one security, all securities, the whole market; terminal, page, JSON."""
