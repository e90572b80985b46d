"""From options and TOML to one frozen Experiment, and back to TOML.

settings: the list of all settings. values, parts: from text or TOML to checked values. plugins: the plugins that a
recorded configuration needs. toml: reading and writing TOML. experiment: the complete configuration.
"""

from fastnn.config.experiment import Experiment, experiment

__all__ = ["Experiment", "experiment"]
