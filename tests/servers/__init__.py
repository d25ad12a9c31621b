"""SMTP servers for tests: real ones, and one that misbehaves as it is told."""
