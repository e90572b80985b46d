"""What parameters mean, in a few words: as the part says, or what their name usually means."""

from __future__ import annotations

from fastnn.parts.part import Part

USUAL = {
    "lr": "learning rate: the size of a step",
    "momentum": "share of the previous step that is kept",
    "beta1": "share of the running mean of gradients that is kept",
    "beta2": "share of the running mean of squared gradients that is kept",
    "rho": "share of the running mean of squares that is kept",
    "eps": "keeps a denominator away from 0",
    "eps_inside": "add eps inside the square root, not outside",
    "weight_decay": "share of a parameter that is taken off, times lr",
    "momentum_decay": "how fast the momentum reaches its final value",
    "amsgrad": "divide by the largest running mean so far",
    "centered": "divide by the running variance, not the mean square",
    "slope": "slope for negative inputs",
    "alpha": "size of the limit for negative inputs",
    "scale": "factor of the whole function",
    "at_zero": "derivative at 0, where there is none",
    "label_smoothing": "share of the target that is spread over all classes",
    "delta": "error from which the loss is linear",
    "quantile": "quantile of the target that is predicted",
    "value": "value of every number",
    "mean": "mean of the numbers",
    "std": "standard deviation of the numbers",
    "gain": "factor for the activation that follows",
    "low": "smallest number",
    "high": "largest number",
    "gamma": "how much easy samples count less",
    "power": "exponent",
}

UNITS = {"target": "in the units of the target", "": ""}


def meaning(part: Part, name: str) -> str:
    """Return the meaning of a parameter and its unit; "" if nobody said it."""
    parameter = part.declared[name]
    words = parameter.meaning or USUAL.get(name, "")
    return ", ".join(filter(None, (words, UNITS[parameter.unit])))
