"""From options and TOML to one frozen Experiment, and back to TOML.

settings: the list of all that can be set. values, parts: checks of single values. experiment: put together.
toml: reading and writing. record: the complete configuration of a run.
"""

from fastnn.config.experiment import Experiment, experiment

__all__ = ["Experiment", "experiment"]
