"""The kinds of parts, singular and plural: the only list of them.

The plural is also the folder of the built-in parts (fastnn/activations/) and ends the hook's name
(fastnn_activations); the class is the singular, capitalised (Activation). A new kind needs a line here, a class in
parts/kinds.py, a hook in parts/hookspecs.py, and a folder.

Nothing is imported here, because ``import fastnn`` reads the list and must be fast.
"""

from __future__ import annotations

PART_KINDS = {
    "activation": "activations",
    "loss": "losses",
    "initializer": "initializers",
    "optimizer": "optimizers",
}
