"""The command line: one click command a file, which parses, calls one function and prints.

group: the commands, what becomes of errors. phrases: sentences that several commands print. lines, live: a
training as it goes, in a pipe and in a terminal.
"""
