"""The operating system: its signals, its user, and files that are written completely or not at all."""
