"""What all commands stand on: options, grammar, the context with the store, failures, columns.

Exit codes and the one line on standard error come from here.
It knows no command and opens nothing before it is asked to.
"""
