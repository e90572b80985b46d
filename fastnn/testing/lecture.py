"""The rules of a loss: defined and continuous everywhere, derivable except at isolated kinks, its minima one interval.

A loss guides a training: it must say for every prediction in which direction to go, and lead to one place only.
"""

from __future__ import annotations

import itertools

import numpy as np

from fastnn.parts.part import Bound
from fastnn.testing.curve import BESIDE, NEAR, Curve, breaks, curves, places
from fastnn.testing.finding import Failed, NotJudged

MOST_KINKS = 20  # in the range that is searched; more are not isolated
FAR = np.geomspace(NEAR, 1e6, 100)[1:]
REACHES_BEYOND = ("binary", "sign", "count")  # an output without limits stands for a certain answer: 0 or 1


def defined(bound: Bound) -> str:
    for curve in curves(bound):
        holes = ~np.isfinite(curve.loss(curve.near))
        first, last = _longest_run(holes)
        if last > first:
            low, middle, high = (float(curve.near[i]) for i in (first, (first + last) // 2, last))
            value = curve.loss(np.array([middle]))[0]
            from_, to = ("" if first == 0 else f" from {low - curve.target:.4g}"), f" to {high - curve.target:.4g}"
            to = "" if last == holes.size - 1 else to if first else f" up to {high - curve.target:.4g}"
            where = f"for errors{from_}{to}" if from_ or to else "for any error"
            raise Failed(f"it is not defined {where}: at {curve.at(middle)} it is {value:g}")
    return f"for all errors up to {NEAR:g}"


def continuous(bound: Bound) -> str:
    for curve in curves(bound):
        y = curve.loss(curve.near)
        holes = [i for i in np.flatnonzero(~np.isfinite(y)) if np.isfinite(y[max(i - 1, 0) : i + 2]).sum() == 2]
        jumps = [*curve.near[holes], *breaks(curve.loss, curve.near)]
        if jumps:
            place = float(jumps[0])
            below, own, above = curve.loss(np.array([place - BESIDE, place, place + BESIDE]))
            raise Failed(
                f"it is not continuous: at {curve.at(place)} it is {own:.6g}, just below {below:.6g}, "
                f"just above {above:.6g}"
            )
    return "no jumps"


def derivable(bound: Bound) -> str:
    found = []
    for curve in curves(bound):
        if not np.isfinite(curve.loss(curve.near)).all():
            raise NotJudged("not judged, because the loss is not defined everywhere")
        gradients = curve.gradient(curve.near)
        wrong = np.flatnonzero(~np.isfinite(gradients))
        if wrong.size:
            raise Failed(f"at {curve.at(curve.near[wrong[0]])} its gradient is {gradients[wrong[0]]:g}")
        kinks = breaks(curve.gradient, curve.near)
        if len(kinks) > MOST_KINKS:
            some = ", ".join(f"{k - curve.target:.4g}" for k in kinks[:3])
            raise Failed(f"its kinks are not isolated: {len(kinks)} of them, at the errors {some} ...")
        found.append((curve, kinks))
    if any(kinks for _, kinks in found):
        return f"except at isolated kinks: {places(found)}"
    return "everywhere, without kinks"


def one_minimum(bound: Bound) -> str:
    found = [(curve, _minimum(curve, bound.part.target)) for curve in curves(bound)]
    attained = [(curve, place) for curve, place in found if place]
    if not attained:
        return "it is smaller the further the prediction is on the right side"
    words = places(attained, " to ")
    return f"at {words}{'' if len(attained) == len(found) else '; else it is approached without end'}"


def _minimum(curve: Curve, kind: str) -> tuple[float, ...]:
    """Return the minimum, as one place or as the ends of an interval; nothing if it is approached at infinity."""
    x = np.concatenate([curve.target - FAR[::-1], curve.near, curve.target + FAR])
    y = curve.loss(x)
    if np.isnan(y).any() or np.isinf(curve.loss(curve.near)).any():
        raise NotJudged("not judged, because the loss is not defined everywhere")
    with np.errstate(invalid="ignore", over="ignore"):
        changes = np.nan_to_num(np.diff(y), nan=0.0)
        sizes = np.abs(np.nan_to_num(y, posinf=0.0, neginf=0.0))
    signs = np.where(np.abs(changes) > 1e-12 * (1.0 + np.maximum(sizes[1:], sizes[:-1])), np.sign(changes), 0.0)
    moves = np.flatnonzero(signs)
    if not moves.size:
        raise Failed(f"it is {y[0] + 0.0:g} for all predictions (target {curve.target:g})")
    turns = [(i, j) for i, j in itertools.pairwise(moves) if signs[i] != signs[j]]
    tops = [float(x[i + 1]) for i, j in turns if signs[i] > 0]
    valleys = [(float(x[i + 1]), float(x[j])) for i, j in turns if signs[i] < 0]
    if tops:
        _refuse_tops(curve, tops, [v for v in valleys if abs(v[0] - curve.target) < NEAR])
    if valleys:
        return tuple(dict.fromkeys(valleys[0]))
    return _one_sided(curve, kind, x, y, moves, falling=signs[moves[0]] < 0)


def _refuse_tops(curve: Curve, tops: list[float], valleys: list[tuple[float, float]]) -> None:
    if len(valleys) > 1:
        some = ", ".join(f"{(low + high) / 2 - curve.target:.4g}" for low, high in valleys[:3])
        more = ", ..." if len(valleys) > 3 else ""
        raise Failed(f"it has {len(valleys)} minima, at the errors {some}{more} (target {curve.target:g})")
    raise Failed(f"it rises up to {curve.at(tops[0])} and falls again: a training may be led away from the minimum")


def _one_sided(curve: Curve, kind: str, x: np.ndarray, y: np.ndarray, moves: np.ndarray, falling: bool) -> tuple:
    """Judge a loss that only falls or only rises: it may end in a plain, or fall without end."""
    low, edge = (y[-1], x[moves[-1] + 1]) if falling else (y[0], x[moves[0]])
    side = "more positive" if falling else "more negative"
    tail = y[-1] - y[-20] if falling else y[0] - y[19]
    before = y[-20] - y[-40] if falling else y[19] - y[39]
    if low < -1e9 or (tail < -1e-6 and tail < 0.5 * before):
        raise Failed(f"it has no minimum: it falls without bound as the error becomes {side} (target {curve.target:g})")
    if abs(edge - curve.target) <= NEAR:
        return (float(edge), np.inf) if falling else (-np.inf, float(edge))
    if kind in REACHES_BEYOND:
        return ()
    raise Failed(
        f"it has no minimum: as the error becomes {side} it approaches {low:.4g} without end (target {curve.target:g})"
    )


def _longest_run(flags: np.ndarray) -> tuple[int, int]:
    """Return the first and the last index of the longest run of True; (0, -1) if there is none."""
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    if not starts.size:
        return 0, -1
    i = int((ends - starts).argmax())
    return int(starts[i]), int(ends[i])
