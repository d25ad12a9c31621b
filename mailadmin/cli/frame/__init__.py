"""What all commands stand on: grammar, typed moments, options, context, columns, output, failures.

The context opens the store and the passwords, and nothing before it is asked to.
No command is known here; `cli.run` turns what one raises into the exit code and the line about it.
"""
