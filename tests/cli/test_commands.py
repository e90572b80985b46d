"""The commands that only show information."""

import pytest


@pytest.mark.parametrize(
    "command", ["", "train", "predict", "evaluate", "plugins", "data", "demo", "doctor", "plugins show"]
)
def test_help(fastnn, command):
    done = fastnn(*command.split(), "--help")
    assert done.code == 0 and done.out.startswith("Usage: fastnn")


def test_version(fastnn):
    assert fastnn("--version").out.startswith("fastnn, version 0.")


def test_help_names_every_setting(fastnn):
    from fastnn.config.settings import SETTINGS

    text = fastnn("train", "--help").out
    assert all(setting.option in text for setting in SETTINGS.values())


def test_plugins_list(fastnn):
    lines = fastnn("plugins", "list").out.splitlines()
    assert lines[0].split()[:3] == ["kind", "name", "from"]
    assert any(line.split()[:4] == ["optimizer", "adam", "built", "in"] for line in lines)
    losses = fastnn("plugins", "list", "losses").out.splitlines()
    assert {line.split()[0] for line in losses[1:]} == {"loss"}


def test_plugins_show(fastnn):
    out = fastnn("plugins", "show", "swish").out
    assert out.startswith("activation silu\n") and "also called: swish" in out and "def " in out
    assert "beta1" in fastnn("plugins", "show", "adam").out


def test_data_list(fastnn):
    out = fastnn("data", "list").out
    assert all(name in out for name in ("digits", "sacramento", "fashion-mnist", "spirals", ".csv", ".npz"))


def test_doctor(fastnn):
    out = fastnn("doctor").out
    for word in ("versions", "numba", "vectors used", "threads", "CUDA", "compiled kernels", "plugins", "built in"):
        assert word in out


def test_doctor_clears_the_cache(fastnn, folder, monkeypatch):
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(folder / "cache"))
    (folder / "cache").mkdir()
    (folder / "cache" / "one.fnn").write_bytes(b"x")
    done = fastnn("doctor", "--clear-cache")
    assert done.code == 0 and done.out.startswith("1 compiled kernels") and not list((folder / "cache").iterdir())


def test_plugins_show_prints_the_formula_as_it_is_written(fastnn):
    out = fastnn("plugins", "show", "prelu").out
    assert "  def value(x: float, slope: float) -> float:\n      return x if x > 0.0 else slope * x\n" in out


def test_trainable_parameters_of_activations_are_counted(fastnn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = fastnn("train", "digits", "--epochs", "1", "--no-plot", "--activation", "prelu").out
    assert "network 64-128-10, prelu, 9,611 parameters" in out
