"""Everything that is not a trading idea, in rooms; users import `liangrong`."""
