"""Ways in for mail: files, command line; each ends in the outbox."""
