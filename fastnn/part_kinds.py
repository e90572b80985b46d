"""The kinds of parts, singular and plural: the only list of them.

The plural is also the folder of the built-in parts (fastnn/activations/) and ends the hook's name
(fastnn_activations); the class is the singular, capitalised (Activation). A further kind is one line here, its class in
parts/kinds.py, its hook in parts/hookspecs.py, and its folder.

Nothing is imported here: ``import fastnn`` reads the list, and must cost nothing.
"""

from __future__ import annotations

PART_KINDS = {
    "activation": "activations",
    "loss": "losses",
    "initializer": "initializers",
    "optimizer": "optimizers",
}
