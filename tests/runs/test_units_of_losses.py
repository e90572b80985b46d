"""Parameters of a loss in the units of the target: huber's delta in dollars, not in standard deviations."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.config import experiment
from fastnn.data.target import Target
from fastnn.errors import PluginError, UsageError
from fastnn.parts.registry import resolve
from fastnn.runs.outcome import Watcher
from fastnn.runs.run import execute
from fastnn.runs.units import convert


class Notes(Watcher):
    def __init__(self):
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Train on a table of prices, and return (parameters, notes, the text of config.toml)."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200))
    price = 50_000 + 20_000 * a + 5000 * b
    low = price / price.max()
    rows = [f"{x:.4f},{y:.4f},{p:.1f},{q:.5f}" for x, y, p, q in zip(a, b, price, np.clip(low, 0, 1), strict=True)]
    (tmp_path / "t.csv").write_text("a,b,price,share\n" + "\n".join(rows))

    def run(file=None, **options):
        watcher = Notes()
        given = {"epochs": "2", **options} if file is None else options
        made = experiment(None if file else "t.csv", given, (), file)
        outcome = execute(made, plot=False, watcher=watcher)
        path = f"{outcome.run.folder}/config.toml"
        return outcome.run.network, watcher.notes, path

    return run


def text(path: str) -> str:
    with open(path) as file:
        return file.read()


def test_huber_on_a_table(run, tmp_path):
    default, notes, path = run(target="price", ignore="share", loss="huber")
    scale = float(notes[-1].rpartition(": ")[2].replace(",", ""))
    assert notes[-1].startswith("huber's delta is 1 standard deviation of price: ")
    assert default.loss.values["delta"] == 1.0 and f"delta = {scale:.0f}"[:12] in text(path)
    again, notes, path_again = run(file=path)
    np.testing.assert_array_equal(again.parameters, default.parameters)
    assert (
        notes[-1].endswith("is in units of price") and text(path_again).splitlines()[2:] == text(path).splitlines()[2:]
    )

    given, notes, _ = run(target="price", ignore="share", loss="huber:delta=1000")
    assert "huber's delta 1,000 is in units of price" in notes
    assert given.loss.values["delta"] == pytest.approx(1000 / scale, rel=1e-5)
    assert (given.parameters != default.parameters).any()

    old = tmp_path / "old.toml"
    old.write_text(text(path).replace(f'fastnn = "{fastnn.__version__}"', 'fastnn = "0.1.0"'))
    assert any(
        "0.1.0, which gave another result: parameters of the loss are in units" in n for n in run(file=str(old))[1]
    )


def test_a_target_taken_as_it_is_and_several_targets(run):
    net, notes, _ = run(target="share", ignore="price", loss="huber:delta=0.25", output_activation="sigmoid")
    assert net.loss.values["delta"] == 0.25 and not any("delta" in note for note in notes)
    with pytest.raises(
        UsageError, match=r"huber:delta is in the units .* the 2 targets \(price, share\) .*leave it out"
    ):
        run(target="price,share", loss="huber:delta=2")
    net, notes, path = run(target="price,share", loss="huber")
    assert net.loss.values["delta"] == 1.0 and 'loss = {name = "huber"}' in text(path)
    again, _, _ = run(file=path)
    np.testing.assert_array_equal(again.parameters, net.parameters)


@pytest.mark.parametrize(("delta", "dtype"), [("1e-300", "float32"), ("1e300", "float32"), ("1e-320", "float64")])
def test_a_parameter_that_the_dtype_cannot_hold(run, delta, dtype):
    with pytest.raises(UsageError, match=rf"huber:delta = \S+ is in units of price: .* a {dtype} cannot hold"):
        run(target="price", ignore="share", loss=f"huber:delta={delta}", dtype=dtype)
    if dtype == "float32":
        run(target="price", ignore="share", loss=f"huber:delta={delta}", dtype="float64")


def test_what_was_given_is_known_and_changes_no_comparison():
    plain, given = resolve("loss", "huber"), resolve("loss", "huber:delta=1")
    assert plain == given and repr(plain) == repr(given)
    assert (plain.given, given.given) == (frozenset(), {"delta"})
    assert plain.changed({"delta": 2}).given == given.changed({}).given == {"delta"}
    assert resolve("optimizer", "adam:beta1=0.8").changed({"lr": 0.1}).given == {"beta1", "lr"}


@pytest.mark.parametrize("default", [0.1, 0.7, 1.0, 3.3])
def test_a_plugin_with_another_default(default):
    loss = fastnn.Loss(
        "mine", lambda p, t, width: width, parameters={"width": fastnn.Parameter(default, unit="target")}
    )
    for scale in np.random.default_rng(0).lognormal(5, 3, 200).tolist():
        target = Target(("y",), "real", (), (0.0,), (scale,))
        recorded, trained, _ = convert(loss(), target)
        _, again, _ = convert(recorded, target)
        assert trained.values["width"] == default == pytest.approx(again.values["width"], rel=1e-15)


@pytest.mark.parametrize("wrong", [{"unit": "price"}, {"unit": "target", "choices": (1.0, 2.0)}])
def test_units_that_do_not_exist(wrong):
    with pytest.raises(PluginError, match="unit"):
        fastnn.Parameter(1.0, **wrong)
