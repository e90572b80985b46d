"""Parts and the plugins that supply them: activations, losses, initializers, optimizers, found by name.

kinds: what a part is. parameter: what a part's parameter accepts. hookspecs: the hooks of a plugin. plugin, installed:
reading a plugin from a file, or from an installed package. registry: looking a part up by its name. initialization:
drawing a network's first weights.
"""

from fastnn.parts.hookspecs import hookimpl
from fastnn.parts.kinds import Activation, Bound, Initializer, Loss, Optimizer, Part
from fastnn.parts.parameter import Parameter

__all__ = ["Activation", "Bound", "Initializer", "Loss", "Optimizer", "Parameter", "Part", "hookimpl"]
