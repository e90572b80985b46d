"""The opcodes, a file for each family. Each function translates the instructions of one or several opcodes."""
