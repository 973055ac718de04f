"""The program itself: how it reads its words, completes them, and explains itself."""
