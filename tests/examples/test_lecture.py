"""Every example with --quick: the lecture's numbers, and the story that it tells, in what it prints."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fastnn.cli import demo
from fastnn.parts import registry

FILES = {int(demo.names(file)[0]): file for file in demo.examples()}
PAGE = FILES[1].parent / "README.md"


@pytest.fixture(autouse=True)
def only_built_in_parts(monkeypatch):
    """Examples show all parts that are registered: here without the plugins that other tests have loaded."""
    registry.parts()
    built_in = [plugin for plugin in registry._registry._plugins if plugin.built_in]
    monkeypatch.setattr(registry._registry, "_plugins", built_in)
    registry._registry._forget()
    yield
    monkeypatch.undo()
    registry._registry._forget()


@pytest.fixture
def run(tmp_path, capsys):
    """Run an example; returns what it prints. It must save pictures, all of those that README.md shows."""

    def run(number: int) -> str:
        demo._run(FILES[number], ["--quick", "--out", str(tmp_path)])
        made = {file.name for file in tmp_path.iterdir()}
        shown = set(re.findall(rf"lecture/({number:02d}_\w+\.\w+)\)", PAGE.read_text()))
        assert made and made >= shown
        for name in made:
            with Image.open(tmp_path / name) as picture:
                assert picture.width > 400 and len(picture.getcolors(1 << 24) or ()) > 10
                assert getattr(picture, "n_frames", 1) >= (3 if name.endswith(".gif") else 1), "nothing moves"
        return capsys.readouterr().out

    return run


def table(text: str, head: str) -> dict[str, list[str]]:
    """The rows under the line that begins with ``head``: first cell -> the others. Two spaces divide cells."""
    lines = text.split(f"\n{head}  ")[1].splitlines()[1:]
    rows = [re.split(r" {2,}", line.strip()) for line in lines[: lines.index("") if "" in lines else None]]
    return {name: cells for name, *cells in rows if cells}


def test_the_scripts_are_short_and_say_what_they_show():
    assert sorted(FILES) == list(range(1, 11))
    for file in FILES.values():
        text = file.read_text(encoding="utf-8")
        assert f"Lecture, topic {int(file.stem[:2])}" in text and len(text.splitlines()) < 130
        assert f"[{file.name}]({file.name})" in PAGE.read_text(encoding="utf-8")


def test_the_pictures_of_the_page_exist_and_are_small():
    pictures = [PAGE.parent / place for place in re.findall(r"\]\((\S+\.(?:png|gif))\)", PAGE.read_text())]
    assert len(pictures) > 15 and sum(picture.stat().st_size for picture in pictures) < 3e6
    assert {picture.name for picture in pictures if picture.suffix == ".gif"} == {"03_cubic.gif", "10_race.gif"}


def test_a_script_runs_without_the_command(tmp_path):
    surroundings = {**os.environ, "PYTHONPATH": str(Path(demo.__file__).parents[2])}
    subprocess.run([sys.executable, str(FILES[6]), "--quick"], cwd=tmp_path, check=True, env=surroundings)
    assert (tmp_path / "pictures" / "06_by_hand.png").exists()


def test_a_script_ends_quietly_when_nobody_reads_on(tmp_path):
    surroundings = {**os.environ, "PYTHONPATH": str(Path(demo.__file__).parents[2])}
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, FILES[6]], stdout=writer, stderr=-1, cwd=tmp_path, env=surroundings)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_every_optimizer_has_its_own_color():
    style = runpy.run_path(str(PAGE.parent / "style.py"))
    colors, markers = zip(*style["OPTIMIZERS"].values(), strict=True)
    assert len(set(colors)) == len(colors) and set(colors) <= {*style["COLORS"], style["GRAY"]}
    assert len(set(markers)) == len(markers) - 1, "only gd and sgd, which are one rule, share a marker"


@pytest.mark.parametrize(
    ("name", "flat"), [("BEALE", (3, 0.5)), ("VALLEY", (0, 0)), ("SADDLE", (0, 0)), ("SADDLE", (0, 8**0.5))]
)
def test_the_surfaces_are_those_of_the_race(name, flat):
    surface = runpy.run_path(str(PAGE.parent / "surfaces.py"))[name]
    assert surface.gradient(np.array(flat)) == pytest.approx([0, 0], abs=1e-12)
    assert surface.f(np.array(flat)) == pytest.approx(-4 if flat[1] > 1 else 0)
    x0, x1, y0, y1 = surface.view
    assert x0 < flat[0] < x1 and y0 < flat[1] < y1, "outside the picture"
    for point in np.random.default_rng(0).uniform(-1, 2, (5, 2)):
        slopes = [(surface.f(point + h) - surface.f(point - h)) / 2e-6 for h in np.eye(2) * 1e-6]
        assert surface.gradient(point) == pytest.approx(slopes, rel=1e-5, abs=1e-6)


def test_1_gradient_descent(run):
    text = run(1)
    rows = table(text, "learning rate")
    assert [row[-1] for row in rows.values()] == ["still on its way", "reached the minimum", "diverged"]
    for _, _, x, value, _ in rows.values():
        assert float(value) == pytest.approx(float(x) ** 2, rel=1e-3)
    assert float(rows["too small"][2]) == pytest.approx(3 * 0.96**12, rel=1e-3)
    assert "lr 1.02 diverged: f rose at each of the 12 steps" in text
    assert [float(row[2]) for row in table(text, "from x").values()] == [0.9251, -0.9229, -0.3064]


def test_2_backpropagation(run):
    text = run(2)
    numbers = {"q": 3, "f": -12, "df/dq": -4, "df/dz": 3, "df/dx": -4, "df/dy": -4}
    assert all(re.search(rf"^{name} *= {number}$", text, re.MULTILINE) for name, number in numbers.items())
    assert "df/d(x, y, z): [-4. -4.  3.]" in text
    rows = table(text, "derivative")
    assert len(rows) == 5 and all(float(difference) < 1e-8 for _, difference in rows.values())


def test_3_model_fitting(run):
    text = run(3)
    rows = [re.split(r" {2,}", line) for line in text.splitlines() if line.startswith("[")]
    starts = ["[-9, 2, 1, 30]", "[-9, 2, 1, -20]", "[-40, 0, 0, 0]", "[0, 0, 0, 0]", "[0, 0, 0, 0]"]
    assert [row[0] for row in rows] == starts
    assert [row[1] for row in rows] == ["0.00075"] * 4 + ["2e-05"]
    last = [float(row[3]) for row in rows]
    ends = [json.loads(row[4]) for row in rows]
    assert all(end == pytest.approx([2, -3, -5, 6], abs=1) for end in ends[:4]), "not the cubic behind the points"
    assert max(last[:4]) < 1.01 * min(last) and last[4] > 5 * min(last), "the small rate is not there yet"
    assert float(re.search(r"R\^2 (\S+)", text)[1]) > 0.5
    assert float(re.search(r"people: accuracy (\S+)", text)[1]) > 0.85


def test_4_overfitting(run):
    text = run(4)
    losses = {name: (float(row[1]), float(row[2])) for name, row in table(text, "model").items()}
    assert min(losses["underfitting"]) > 0.4 and max(losses["good"]) < 0.15
    training, validation = losses["overfitting"]
    assert training < 0.02 and validation > 2 * losses["good"][1]
    cures = {name: float(row[2]) for name, row in table(text.split("What helps")[1], "model").items()}
    assert len(cures) == 5 and all(loss < 0.85 * validation for name, loss in cures.items() if name != "overfitting")


def test_5_activations(run):
    text = run(5)
    accuracy = {name: float(row[1]) for name, row in table("\n" + text, "network").items()}
    linear, bent = accuracy["one linear layer"], accuracy["with ReLU between them"]
    assert accuracy["two linear layers"] == pytest.approx(linear, abs=0.01) and linear < 0.9 < 0.95 < bent
    assert "17 activations: elu, " in text
    formulas = {name: [float(cell) for cell in row[1:]] for name, row in table(text, " " * 8).items()}
    assert formulas["sigmoid"][1] == 0.5 and formulas["softplus"][1] == 0.6931 and formulas["relu"][:3] == [0, 0, 2]
    assert re.search(r'"relu", as most libraries do: 0 +"relu:at_zero=1": 1', text)


def test_6_by_hand(run):
    text = run(6)
    numbers = "o1 5, o2 -8, o3 5, o4 0, o5 -4, loss 81, dL/do5 -18, dL/dw5 -90, dL/do3 36, dL/do1 36, dL/dw1 72"
    for name, number in (pair.split() for pair in (numbers + ", w5 -1.91, w1 -0.072").split(", ")):
        assert re.search(rf"{name}  .*  {number} +{number}$", text, re.MULTILINE), name
    assert "All numbers agree." in text


def test_7_losses(run):
    text = run(7)
    slopes = {name: float(row[0]) for name, row in table(text, "loss").items()}
    assert slopes["mse"] < 0.5 < slopes["huber"] < slopes["mae"] < 1.05
    quiz = table(text, "function")
    answers = {name: row[1].partition(" for ")[0].partition(" at ")[0] for name, row in quiz.items()}
    assert answers == {
        "e^3": "no: no minimum",
        "log(e)": "no: not defined",
        "sin(e)": "no: many minima",
        "1/e": "no: not continuous",
        "5 e^2 - 2": "yes",
    }
    assert quiz["5 e^2 - 2"][2] == "e = 0" and quiz["e^3"][2] == "diverges"


def test_8_training(run):
    text = run(8)
    rows = {int(size): row for size, row in table(text, "batch size").items() if size.isdigit()}
    assert {size: int(row[0]) for size, row in rows.items()} == {1: 2400, 32: 75, 800: 3}
    noise = {size: float(row[2]) for size, row in rows.items()}
    assert noise[1] > 3 * noise[32] > 30 * noise[800]
    assert all(float(row[3]) < 1e-5 for row in rows.values()), "the loop of the slide differs from fastnn.train"
    epoch, kept, last = re.search(r"epoch (\d+) of 150, validation loss (\S+); the last: (\S+)", text).groups()
    assert 1 < int(epoch) < 150 and float(kept) < 0.8 * float(last)
    assert int(re.search(r"stopped after (\d+) of 1000 epochs \(tolerance\)", text)[1]) < 200


def test_9_initialization(run):
    lines = [re.split(r" {2,}", line.strip()) for line in run(9).splitlines() if line.startswith(("tanh", "relu"))]
    rows = {(row[0], row[1]): row[2:] for row in lines}
    for activation, right in (("tanh", "Xavier"), ("relu", "He")):
        assert float(rows[activation, "zeros"][3]) == 0, "neurons that start alike have become different"
        spread = {name: float(rows[activation, name][0]) for _, name in rows}
        assert spread["too small"] < 1e-6 and 0.1 < spread[right] < 1 and spread["too large"] > 0.9
        assert float(rows[activation, "too small"][1]) < 1e-10, "gradients vanish"
        loss = {name: rows[activation, name][2] for name in spread}
        assert float(loss["zeros"]) > 2.3 and float(loss["too small"]) > 2.3 and float(loss[right]) < 0.5
    assert float(rows["relu", "too large"][1]) > 10 and rows["relu", "too large"][2].startswith("diverged")


def test_10_optimizers(run):
    text = run(10)
    rows = table(text, "optimizer")
    arrival = {name: [cell.split()[0] for cell in row[:3]] for name, row in rows.items()}
    saddle = {name: int(cells[2]) for name, cells in arrival.items()}
    assert max(saddle, key=saddle.get) == "sgd" and min(saddle, key=saddle.get) == "rmsprop"
    assert saddle["sgd"] > 3 * saddle["nesterov"]
    assert arrival["sgd"][1] == "-" and int(arrival["adam"][1]) < 60, "gradient descent goes nowhere in the valley"
    assert int(arrival["momentum"][0]) < int(arrival["adam"][0]) < int(arrival["rmsprop"][0])
    assert all(float(row[3]) < 1e-9 for name, row in rows.items() if name != "adadelta")
    digits = {name: float(row[3]) for name, row in table(text.split("10_race.png")[1], "optimizer").items()}
    assert len(digits) == 8 and min(digits, key=digits.get) == "gd" and max(digits.values()) > 0.93
    facts = {name: "".join(row) for name, row in table(text.split("The lecture's summary")[1], "optimizer").items()}
    assert (
        facts["gd"] == "nonono" and facts["sgd"] == "yesnono" and facts["momentum"] == facts["nesterov"] == "yesyesno"
    )
    assert facts["adagrad"] == facts["rmsprop"] == facts["adadelta"] == "yesnoyes" and facts["adam"] == "yesyesyes"
    shown = re.findall(r"^\| (.+) \| (yes|no) \| (yes|no) \| (yes|no) \|$", PAGE.read_text(), re.MULTILINE)
    names = {name: "".join(answers) for row, *answers in shown for name in re.sub(r" \(.*\)", "", row).split(", ")}
    assert names == facts, "the table in README.md is not that of the registry"
