"""Parts and the plugins that supply them: activations, losses, initializers, optimizers, found by name.

kinds: the kinds of parts. part: their base class. parameter: the values that a part's parameter accepts. targets: the
kinds of targets of a loss. hookspecs: the hooks of a plugin. plugin, installed: reading a plugin from a file, or from
an installed package. registry: looking a part up by its name. initialization: drawing a network's initial weights.
"""

from fastnn.parts import kinds
from fastnn.parts.hookspecs import hookimpl
from fastnn.parts.kinds import *  # noqa: F403
from fastnn.parts.parameter import Parameter
from fastnn.parts.part import Bound, Part

__all__ = ["Bound", "Parameter", "Part", "hookimpl"]
__all__ += kinds.__all__
