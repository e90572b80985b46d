"""The recipe: settings chosen for a table, where the user has not chosen them.

facts: what the choices depend on. choices: the choices. limits: how large encoded inputs may be.
"""
