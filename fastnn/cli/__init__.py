"""The command line: one click command per file, which parses its options, calls one function and prints the result.

group: the commands, and the exit codes of errors. phrases: texts that several commands print. lines, live: the progress
of training, in a pipe and in a terminal.
"""
