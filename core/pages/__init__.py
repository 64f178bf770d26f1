"""The kit of every page: document, figures, formats, marked-up text."""
