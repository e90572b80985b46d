"""Every error of the command line: its exit code, and one line that says what to do."""

import pytest

from fastnn.cli import group

GOOD = "a,b,y\n1,x,1.5\n2,z,2.5\n3,x,3.5\n4,z,4.5\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("trian digits", 2, ["Unknown command 'trian'", "Did you mean 'train'"]),
        ("train digits --epohcs 3", 2, ["No such option '--epohcs'", "--epochs"]),
        ("train", 2, ["No data", "fastnn train digits"]),
        ("train digits --epochs ten", 2, ["--epochs = 'ten'", "an integer"]),
        ("train digits --optimizer adma", 2, ["Unknown optimizer 'adma'", "Did you mean 'adam'", "sgd"]),
        ("train digits --loss msee", 2, ["Unknown loss 'msee'", "Did you mean 'mse'"]),
        ("train digits --activation rleu", 2, ["Did you mean 'relu'"]),
        ("train digits --config none.toml", 2, ["none.toml", "No such file"]),
        ("train digits --set optimizer.beta=1", 2, ["'beta'", "beta1"]),
        ("train digits --plugin none.py", 2, ["none.py"]),
        ("train digits --plugin broken.py", 2, ["broken.py", "ZeroDivisionError"]),
        ("train digits --target digti", 2, ["--target", "Unknown column 'digti'", "Did you mean 'digit'"]),
        ("train good.csv --ignore c", 2, ["--ignore", "'c'"]),
        ("train good.csv --categorical c", 2, ["--categorical", "'c'"]),
        ("train digits --task regression --loss cross_entropy", 2, ["task", "classification"]),
        ("train digits --output-activation softmax", 2, ["softmax", "identity"]),
        ("train digits --optimizer gd --batch-size 32", 2, ["--batch-size", "gd"]),
        ("train digits --early-stopping 2 --validation none", 2, ["--early-stopping", "--validation"]),
        ("train digitz", 4, ["Unknown data set 'digitz'", "Did you mean 'digits'"]),
        ("train none.csv", 4, ["none.csv does not exist"]),
        ("train goot.csv", 4, ["Did you mean good.csv"]),
        ("train good.xls", 4, ["format", ".csv"]),
        ("train empty.csv", 4, ["empty.csv is empty"]),
        ("train ragged.csv", 4, ["ragged.csv", "line 3 has 1 field"]),
        ("train mixed.csv", 4, ["mixed.csv, line 4", "'a'", "'oops'", "--categorical a"]),
        ("train gap.csv --missing error", 4, ["gap.csv, line 3", "'a'", "no value", "--missing mean"]),
        ("train good.csv --loss cross_entropy --target a,y", 2, ["one target column"]),
        ("train good.csv --loss poisson --target n", 2, ["Unknown column 'n'"]),
        ("train negative.csv --loss poisson", 4, ["negative.csv, line 3", "-1", "0 or more"]),
        ("train negative.csv --loss hinge", 4, ["line 5", "-1 or 1"]),
        ("train good.csv --loss mse --target b", 4, ["'b'", "texts", "numbers"]),
        ("train one.csv --task classification", 4, ["one class"]),
        ("train good.csv --validation none.csv", 4, ["none.csv"]),
        ("train digits --loss hinge", 4, ["-1 or 1", "For 10 classes use cross_entropy"]),
        ("train digits --device cuda", 5, ["cuda", 'pip install "fastnn[cuda]"']),
        ("predict run good.csv --device cuda", 5, ["cuda", 'pip install "fastnn[cuda]"']),
        ("evaluate run good.csv --device gpu", 2, ["--device", "'gpu'", "cuda:N", "mean 'cuda'"]),
        ("train digits --device cuda:one", 2, ["cuda:one", "cuda:N"]),
        ("train digits --hidden 99999999999", 2, ["--hidden 99999999999", "GB"]),
        ("train digits --threads 5000", 2, ["--threads", "from 1 to 1024"]),
        ("train digits --set optimizer.beta1=2", 2, ["--set optimizer.beta1", "below 1"]),
        ("train digits --lr -1", 2, ["--lr", "at least 0"]),
        ("train digits --out good.csv", 2, ["--out", "not of a file"]),
        ("train digits --config dated.toml", 2, ["dated.toml: epochs = 2024-05-31 is"]),
        ("train positive.csv --loss poisson --validation 0.5 --seed 1", 4, ["positive.csv, line 3", "0 or more"]),
        ("train good.csv --target Y", 2, ["Did you mean 'y'"]),
        ("train money.csv", 4, ["amounts of money", "--categorical y"]),
        ("plugins lits", 2, ["Unknown command 'lits'", "Did you mean 'list'", "show"]),
        ("data shwo", 2, ["Unknown command 'shwo'", "list"]),
        ("plugins show rlu", 2, ["Unknown part 'rlu'", "Did you mean 'relu'"]),
        ("plugins list activaton", 2, ["Did you mean 'activation'"]),
        ("predict runs/none digits", 4, ["runs/none"]),
        ("evaluate good.csv good.csv", 4, ["good.csv"]),
    ],
)
def test_error(fastnn, folder, monkeypatch, arguments, code, words):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")  # also where there is a GPU
    (folder / "good.csv").write_text(GOOD)
    (folder / "good.xls").write_text(GOOD)
    (folder / "empty.csv").write_text("")
    (folder / "ragged.csv").write_text("a,y\n1,2\n3\n")
    (folder / "mixed.csv").write_text("a,y\n1,2\n3,4\noops,6\n")
    (folder / "gap.csv").write_text("a,y\n1,2.5\n,4.5\n3,6.5\n")
    (folder / "negative.csv").write_text("a,y\n1,1\n2,-1\n3,1\n4,2\n5,1\n")
    (folder / "positive.csv").write_text("a,y\n" + "1,1\n1,-1\n" * 20)
    (folder / "money.csv").write_text("a,y\n" + "".join(f"{i},${i}.99\n" for i in range(30)))
    (folder / "dated.toml").write_text("epochs = 2024-05-31\n")
    (folder / "one.csv").write_text("a,y\n1,1\n2,1\n3,1\n")
    (folder / "broken.py").write_text("1 / 0\n")
    before = sorted(p.name for p in folder.iterdir())
    done = fastnn(*arguments.split())
    assert done.code == code, done.err
    assert all(word in done.err for word in words), done.err
    assert done.out == "" and sorted(p.name for p in folder.iterdir()) == before
    assert len(done.err.strip().splitlines()) <= 5 and "Error:" in done.err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RuntimeError("strange\nthing"), 1, ["RuntimeError: strange thing", "FASTNN_DEBUG=1"]),
        (MemoryError(), 1, ["not enough memory"]),
        (PermissionError(13, "Permission denied", "runs"), 1, ["runs: Permission denied"]),
        (KeyboardInterrupt(), 130, ["Interrupted"]),
    ],
)
def test_what_nobody_foresaw(fastnn, monkeypatch, error, code, words):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("fastnn.doctor.report", fail)
    done = fastnn("doctor")
    assert done.code == code and all(word in done.err for word in words)


def test_a_traceback_is_shown_where_it_is_wished(capsys, monkeypatch):
    monkeypatch.setenv("FASTNN_DEBUG", "1")
    assert group.run(["train", "digitz"]) == 4
    assert "Traceback" in capsys.readouterr().err


def test_names_in_a_file_do_not_command_the_terminal(fastnn, folder):
    (folder / "t.csv").write_text("\x1b[31mred,y\n" + "1,2\n2,3\n" * 5)
    done = fastnn("train", "t.csv", "--target", "x", "--no-plot")
    assert "\x1b" not in done.err and "\\x1b[31mred" in done.err
    done = fastnn("train", "t.csv", "--epochs", "1", "--no-plot")
    assert done.code == 0 and "\x1b" not in done.out and "\\x1b[31mred" in done.out


def test_an_unwritable_folder(fastnn, folder):
    (folder / "runs").write_text("a file")
    done = fastnn("train", "cubic", "--quiet")
    assert done.code == 1 and "run folder cannot be created" in done.err and (folder / "runs").read_text() == "a file"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("train digits --epoch 3", "No such option '--epoch'. Did you mean '--epochs'?"),
        ("train digits --optmizer=adam", "No such option '--optmizer'. Did you mean '--optimizer'?"),
        ("train digits -epochs 3", "No such option '-epochs'. Did you mean '--epochs'?"),
        ("train digits -e 3", "No such option '-e'."),
        ("train digits --no-plots", "No such option '--no-plots'. Did you mean '--no-plot'?"),
        ("train digits --verbose", "No such option '--verbose'."),
        ("train digits --overwrit", "No such option '--overwrit'."),
        ("predict a b --over-write", "No such option '--over-write'."),
        ("doctor --clear-cach", "No such option '--clear-cach'."),
        ("--verison", "No such option '--verison'. Did you mean '--version'?"),
        ("plugins list --plugins a.py", "No such option '--plugins'. Did you mean '--plugin'?"),
    ],
)
def test_an_unknown_option_and_what_was_meant(fastnn, arguments, message):
    """An option that deletes something is not suggested: who follows a wrong guess would lose it."""
    done = fastnn(*arguments.split())
    assert done.code == 2 and done.err.splitlines()[-1] == f"Error: {message}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--optimizer adam:momentum=0.9", "momentum is a parameter of momentum, nesterov."),
        ("--set optimizer.momentum=0.9", "momentum is a parameter of momentum, nesterov."),
        ("--config table.toml", "momentum is a parameter of momentum, nesterov."),
        ("--loss mse:delta=2", "Allowed: none. delta is a parameter of huber."),
        ("--set activation.alpha=2", "alpha is a parameter of elu, selu."),
        ("--set optimizer.beta3=2", "Allowed: amsgrad, beta1, beta2, eps, lr."),
    ],
)
def test_an_unknown_parameter_and_the_parts_that_have_it(fastnn, folder, arguments, message):
    (folder / "table.toml").write_text('optimizer = {name = "adam", momentum = 0.9}\n')
    done = fastnn("train", "digits", *arguments.split())
    assert done.code == 2 and done.err.strip().endswith(message), done.err
