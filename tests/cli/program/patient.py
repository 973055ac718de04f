"""The command line, whose completion waits for as long as a slow machine may need."""

from expunge.__main__ import main
from expunge.cli.program import completion

if __name__ == "__main__":
    completion.SECONDS = 120.0
    main()
