"""The commands about plans: choose, compare, carry out, and check the rules in a file."""
