"""SMTP servers for tests: real ones, and one that follows a script of faults."""
