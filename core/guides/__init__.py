"""The guides that ship with the tool: what topics there are, their texts, and what is made when it is asked for."""
