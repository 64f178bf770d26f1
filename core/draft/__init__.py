"""The room of `liangrong new`: a configuration from a few answers."""
