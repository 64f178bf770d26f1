"""Many runs, ranked, with what remains when their number is counted."""
