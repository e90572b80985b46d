"""From options and TOML to one frozen Experiment, and back to TOML.

settings: the list of all that can be set. values, parts: from text or TOML to checked values. plugins: those that a
recorded configuration needs. toml: reading and writing TOML. experiment: all of it put together.
"""

from fastnn.config.experiment import Experiment, experiment

__all__ = ["Experiment", "experiment"]
