"""`expunge doctor`: whether each configured provider can be reached, and takes the credential."""
