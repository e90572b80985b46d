"""Accidents with runs and files: nothing is lost, and nothing is silently replaced."""

import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from as_process import command, surroundings

QUICK = ("--epochs", "2", "--no-plot", "--quiet")


def content(folder) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def table(folder):
    """A table whose target is a - 2 b."""
    rng = np.random.default_rng(0)
    rows = [(f"{a:.3f}", f"{b:.3f}", f"{a - 2 * b:.3f}") for a, b in rng.normal(size=(60, 2))]
    (folder / "t.csv").write_text("a,b,y\n" + "\n".join(map(",".join, rows)) + "\n")
    return "t.csv"


def test_notes_on_reading_are_told_by_every_command(fastnn, folder, table):
    fastnn("train", table, *QUICK, "--out", "run")
    (folder / "w.csv").write_bytes("a;b;y;ort\n1,5;2,5;1;Köln\n2,5;3,5;2;Ulm\n".encode("cp1252"))
    for arguments in (
        ("predict", "run", "w.csv"),
        ("evaluate", "run", "w.csv"),
        ("train", table, "--validation", "w.csv"),
    ):
        done = fastnn(*arguments)
        assert done.code == 0, done.err
        for words in ("separated by ';'", "Windows-1252", "decimal commas"):
            assert done.err.count(words) == 1, (arguments, done.err)


def test_rows_of_predictions_stay_beside_those_of_the_data(fastnn, folder, table):
    fastnn("train", table, *QUICK, "--missing", "mean", "--out", "run")
    (folder / "n.csv").write_text("a,b\n1,2\n,\n3,4\n")
    assert fastnn("predict", "run", "n.csv").out.count("\n") == 4
    fastnn("train", table, *QUICK, "--missing", "error", "--out", "strict")
    assert "line 3" in fastnn("predict", "strict", "n.csv").err


def test_a_model_without_names_and_a_file_with_some(fastnn, folder):
    (folder / "t.csv").write_text("red,1,5.5\nblue,2,6.5\ngreen,3,7.5\n" * 9)
    fastnn("train", "t.csv", *QUICK, "--header", "no", "--out", "run")
    (folder / "n.csv").write_text("colour,size\nred,1\nblue,2\n")
    assert "line 1: column 'x2' must hold numbers, but here is 'size'" in fastnn("predict", "run", "n.csv").err
    assert fastnn("predict", "run", "n.csv", "--header", "yes").out.count("\n") == 3


def test_a_model_with_numbers_for_names(fastnn, folder):
    (folder / "t.csv").write_text("2019,2020,2021\n" + "1,2,3.5\n2,3,4.5\n3,5,6.5\n" * 9)
    fastnn("train", "t.csv", *QUICK, "--header", "yes", "--out", "run")
    done = fastnn("predict", "run", "t.csv")
    assert done.code == 0 and done.out.startswith("2021\n") and done.out.count("\n") == 28


def test_a_target_called_like_a_probability(fastnn, folder):
    (folder / "t.csv").write_text("a,p_yes\n" + "1,yes\n2,no\n3,yes\n" * 9)
    fastnn("train", "t.csv", *QUICK, "--out", "run")
    assert fastnn("predict", "run", "t.csv").out.startswith("p_yes,p_no,p_yes_\n")


def test_categories_of_any_source(fastnn, folder):
    done = fastnn("train", "sacramento", "--categorical", "beds", *QUICK[:3], "--out", "run")
    assert "categories: " in done.out and "beds (" in done.out
    X = np.array([[i % 3, i] for i in range(60)], np.float32)
    np.savez(folder / "t.npz", X=X, y=np.arange(60.0))
    done = fastnn("train", "t.npz", "--categorical", "x1", *QUICK[:3], "--out", "arrays")
    assert "1 category: x1 (3)" in done.out
    assert fastnn("predict", "arrays", "t.npz").out.count("\n") == 61


def test_several_targets_in_an_array_of_any_name(fastnn, folder):
    rng = np.random.default_rng(0)
    np.savez(folder / "t.npz", X=rng.normal(size=(60, 3)), t=rng.normal(size=(60, 2)))
    fastnn("train", "t.npz", "--target", "t", *QUICK, "--out", "run")
    assert fastnn("evaluate", "run", "t.npz").code == 0


def test_far_beyond_is_no_missing_value(fastnn, folder, table):
    fastnn("train", table, *QUICK, "--missing", "mean", "--out", "run")
    (folder / "n.csv").write_text("a,b\n1,2\n1e300,2\n")
    done = fastnn("predict", "run", "n.csv")
    assert done.code == 4 and "line 3: column 'a' is so far" in done.err and "Warning" not in done.err


def test_a_validation_file_that_has_changed_is_said(fastnn, folder, table):
    text = (folder / table).read_text()
    (folder / "v.csv").write_text(text)
    fastnn("train", table, "--validation", "v.csv", *QUICK, "--out", "run")
    assert "changed" not in fastnn("train", "--config", "run/config.toml", "--quiet", "--no-plot").err
    (folder / "v.csv").write_text(text + "1,1,1\n")
    assert "v.csv has changed" in fastnn("train", "--config", "run/config.toml", "--quiet", "--no-plot").err


@pytest.mark.parametrize("name", ["cost$\\bad$.csv", "数据.csv", "with space.csv"])
def test_names_that_libraries_stumble_over(fastnn, folder, table, name):
    os.rename(folder / table, folder / name)
    done = fastnn("train", name, "--epochs", "2", "--out", "run")
    assert done.code == 0 and done.err == "" and (folder / "run/curves.png").exists()


def test_a_name_that_is_no_text(fastnn, folder, table):
    os.rename(folder / table, os.fsencode(folder) + b"/\xff.csv")
    done = fastnn("train", "\udcff.csv", *QUICK)
    assert done.code == 2 and "not UTF-8" in done.err


def test_a_folder_of_many_lines_and_a_name_with_a_foreign_blank(fastnn, folder):
    (folder / "t.csv").write_text("a,y\u3000\n" + "1,2.5\n2,3.5\n3,4.5\n" * 9, encoding="utf-8")
    assert fastnn("train", "t.csv", *QUICK, "--out", "two\nlines").code == 0
    assert fastnn("train", "--config", "two\nlines/config.toml", *QUICK).code == 0


def test_an_interruption_before_the_first_step_leaves_the_old_run(fastnn, folder, table, monkeypatch):
    from fastnn.runs import run

    fastnn("train", table, *QUICK, "--out", "run")
    before = content(folder / "run")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "train_alone", interrupted)
    assert fastnn("train", table, *QUICK, "--out", "run", "--overwrite").code == 130
    assert content(folder / "run") == before
    assert fastnn("train", table, *QUICK, "--out", "new").code == 130 and not (folder / "new").exists()


def test_a_killed_run_between_two_others(fastnn, folder, table):
    """Its leftovers are deleted, and the run that it was meant to replace is restored."""
    fastnn("train", table, *QUICK, "--out", "run")
    before = content(folder / "run")
    aside = folder / "run" / ".before"
    aside.mkdir()
    for name in before:
        os.rename(folder / "run" / name, aside / name)
    (folder / "run" / "config.toml").write_text("of the killed run")
    assert "still in run/.before" in fastnn("predict", "run", table).err
    assert fastnn("train", table, *QUICK, "--out", "run", "--overwrite", "--lr", "1e35").code == 3
    assert content(folder / "run") == before


def test_a_run_that_was_killed_while_it_put_the_last_one_aside(fastnn, folder, table):
    fastnn("train", table, *QUICK, "--out", "run")
    before = content(folder / "run")
    moving = folder / "run" / ".moving"
    moving.mkdir()
    for name in before:
        os.rename(folder / "run" / name, moving / name)
    assert "still in run/.moving" in fastnn("predict", "run", table).err
    assert fastnn("train", table, *QUICK, "--out", "run", "--overwrite", "--lr", "1e35").code == 3
    assert content(folder / "run") == before


def test_folders_of_the_user_stay(fastnn, folder, table):
    (folder / "parent").mkdir()
    (folder / "bad.py").write_text("1 / 0\n")
    assert fastnn("train", table, *QUICK, "--out", "parent/run/deep", "--lr", "1e35", "--overwrite").code == 3
    monster = ("--hidden", "1", "--batch-size", "1", "--device", "cuda")
    assert fastnn("train", table, *QUICK, *monster, "--out", "parent/run2").code == 5
    assert (folder / "parent").is_dir() and not (folder / "parent/run2").exists()


def test_data_inside_the_folder_that_is_written_over(fastnn, folder, table):
    fastnn("train", table, "--epochs", "9", "--quiet", "--out", "run")
    before = content(folder / "run")
    done = fastnn(
        "train", "run/metrics.csv", "--target", "standardized_train_loss", *QUICK, "--out", "run", "--overwrite"
    )
    assert done.code == 2 and "overwrite its own data" in done.err and content(folder / "run") == before


def test_a_folder_where_a_file_would_be(fastnn, folder, table):
    fastnn("train", table, *QUICK, "--out", "run")
    before = content(folder / "run")
    (folder / "run/curves.png").mkdir()
    done = fastnn("train", table, *QUICK, "--out", "run", "--overwrite")
    assert done.code == 2 and "curves.png is a folder" in done.err
    (folder / "run/curves.png").rmdir()
    assert content(folder / "run") == before


def test_predictions_go_through_links_and_pipes(fastnn, folder, table):
    fastnn("train", table, *QUICK, "--out", "run")
    (folder / "real.csv").write_text("old")
    os.symlink("real.csv", folder / "link.csv")
    assert fastnn("predict", "run", table, "-o", "link.csv", "--overwrite").code == 0
    assert (folder / "link.csv").is_symlink() and (folder / "real.csv").read_text().startswith("y\n")
    os.mkfifo(folder / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((folder / "pipe").read_text()))
    reader.start()
    assert fastnn("predict", "run", table, "-o", "pipe").code == 0
    reader.join()
    assert read[0].count("\n") == 61 and (folder / "pipe").is_fifo()
    assert fastnn("predict", "run", table, "-o", "/dev/null").code == 0 and os.path.exists("/dev/null")


def test_no_colours_in_a_pipe_whatever_is_wished(process, folder):
    done = process("train", "digits", *QUICK[:3], FORCE_COLOR="1")
    assert done.code == 0 and "\x1b" not in done.out + done.err and "epoch 2/2" in done.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('plugins = [{name = "x", parts = 5}]', "plugins must be tables"),
        ('sha256 = "x"', "sha256"),
    ],
)
def test_configurations_that_were_tampered_with(fastnn, folder, text, words):
    (folder / "c.toml").write_text(text)
    done = fastnn("train", "digits", "--config", "c.toml")
    assert done.code == 2 and words in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_compiling(folder, number):
    """What the compiler's callbacks swallow comes again."""
    process = subprocess.Popen(
        command("train", "digits"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=surroundings(FASTNN_CACHE_DIR=str(folder / "cache")),
    )  # fmt: skip
    while "compiling" not in process.stdout.readline():
        pass
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number and "Interrupted" in err, err
    assert not re.search("Traceback|Exception ignored|Error", err) and not list(folder.glob("runs/*"))


if sys.platform == "win32":
    pytest.skip("pipes, links and signals as on Linux", allow_module_level=True)
