"""The command line: a module a command group, rendering apart from doing."""
