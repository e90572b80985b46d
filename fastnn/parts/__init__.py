"""Parts and the plugins that supply them: activations, losses, initializers, optimizers, found by name.

kinds: the kinds of parts. part: their base class. parameter: the values that a part's parameter accepts. targets: the
kinds of targets of a loss. hookspecs: the hooks of a plugin. plugin, own_folder, installed: reading a plugin from a
file with what it imports from its folder, or from an installed package. content: the hash of a part's formulas.
registry: looking a part up by its name. record: the plugins that a model needs. initialization: drawing a network's
initial weights.
"""

from fastnn.parts import kinds
from fastnn.parts.hookspecs import hookimpl
from fastnn.parts.kinds import *  # noqa: F403
from fastnn.parts.parameter import Parameter
from fastnn.parts.part import Bound, Part

__all__ = ["Bound", "Parameter", "Part", "hookimpl"]
__all__ += kinds.__all__
