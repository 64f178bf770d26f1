"""What commands answer to a program: one envelope, and every kind of answer declared."""
