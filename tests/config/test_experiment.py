"""Options, --set and TOML become one Experiment; every error names field, value and choices."""

import contextlib
import inspect
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastnn
from fastnn.config import Experiment, experiment
from fastnn.config.settings import SETTINGS, Setting
from fastnn.config.toml import toml_value
from fastnn.errors import FastnnError, UsageError
from fastnn.limits import Number, optional
from fastnn.parts import kinds
from fastnn.runs.configuration import complete


def refused(options=None, sets=(), file=None, data="digits") -> str:
    with pytest.raises(UsageError) as error:
        experiment(data, options, sets, file)
    return str(error.value)


@pytest.fixture
def toml(tmp_path):
    def toml(text: str) -> str:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return str(path)

    return toml


def test_defaults_are_those_of_the_python_face():
    wish = experiment("digits")
    network = inspect.signature(fastnn.Network).parameters
    training = inspect.signature(fastnn.train).parameters
    for name in ("initializer", "bias_initializer", "output_activation"):
        assert getattr(wish, name).spec == network[name].default
    assert [bound.spec for bound in wish.activation] == [network["activation"].default]
    assert wish.dtype == network["dtype"].default and wish.seed == network["seed"].default
    assert wish.optimizer.spec == training["optimizer"].default
    for name in ("epochs", "batch_size", "validation", "shuffle", "seed", "device", "threads", "dropout", "l1", "l2",
                 "clip_norm", "early_stopping", "tolerance"):  # fmt: skip
        assert getattr(wish, name) == training[name].default, name


def test_the_default_batch_has_one_home(monkeypatch):
    assert f"auto: {kinds.DEFAULT_BATCH}," in SETTINGS["batch_size"].help
    sizes = []
    for size in (kinds.DEFAULT_BATCH, 50):
        monkeypatch.setattr(kinds, "DEFAULT_BATCH", size)
        net = fastnn.Network([1, 1])
        fastnn.train(net, [[1.0]] * 300, [1.0] * 300, loss="mse", validation=None, epochs=1)
        sizes.append(-(-300 // net.continuation.steps))
    assert sizes == [100, 50]


def test_options_win_over_set_and_set_over_the_file(toml):
    file = toml("epochs = 5\nhidden = [7]\nl2 = 0.5\n")
    wish = experiment("digits", {"epochs": "9"}, ["epochs=8", "hidden=3,2"], file)
    assert (wish.epochs, wish.hidden, wish.l2) == (9, (3, 2), 0.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("128", (128,)), ("128,64", (128, 64)), (" 4 , 5 ", (4, 5)), ("none", ())],
)
def test_hidden(text, expected):
    assert experiment("digits", {"hidden": text}).hidden == expected


def test_activations_one_or_one_each():
    wish = experiment("digits", {"hidden": "4,5,6", "activation": "relu,selu:alpha=2,scale=1,tanh"})
    assert [bound.name for bound in wish.activation] == ["relu", "selu", "tanh"]
    assert wish.activation[1].values == {"alpha": 2.0, "scale": 1.0}


@pytest.mark.parametrize(
    ("options", "sets", "lr"),
    [
        ({}, [], 1e-3),
        ({"lr": "0.1"}, [], 0.1),
        ({}, ["lr=0.1"], 0.1),
        ({}, ["optimizer.lr=0.1"], 0.1),
        ({"lr": "0.2"}, ["optimizer.lr=0.1"], 0.2),
        ({"optimizer": "adam:lr=0.3"}, [], 0.3),
        ({"optimizer": "adam:lr=0.3"}, ["lr=0.1"], 0.3),
        ({"lr": "auto"}, [], 1e-3),
    ],
)
def test_learning_rate(options, sets, lr):
    assert experiment("digits", options, sets).optimizer.values["lr"] == lr


def test_learning_rate_in_a_file(toml):
    assert experiment("digits", file=toml("lr = 0.5")).optimizer.values["lr"] == 0.5
    assert (
        experiment("digits", {"lr": "0.1"}, file=toml("[optimizer]\nname='sgd'\nlr=0.5")).optimizer.spec == "sgd:lr=0.1"
    )


def test_any_hyperparameter_can_have_an_option(monkeypatch, toml):
    """One entry in the list of settings makes one, with the precedence of --lr."""
    check = optional("auto", Number())
    entry = Setting("weight_decay", None, check, "RATE", "Weight decay.", parameter_of="optimizer")
    monkeypatch.setitem(SETTINGS, "weight_decay", entry)

    def decay(options=None, sets=(), file=None):
        return experiment("digits", {"optimizer": "adamw", **(options or {})}, sets, file).optimizer.values[
            "weight_decay"
        ]

    assert decay({"weight_decay": "0.3"}, ["optimizer.weight_decay=0.2"]) == 0.3
    assert decay({"optimizer": "adamw:weight_decay=0.2"}, ["weight_decay=0.3"]) == 0.2
    assert decay(sets=["optimizer.weight_decay=0.2"], file=toml("weight_decay = 0.3")) == 0.2
    assert decay(file=toml("weight_decay = 0.3")) == 0.3
    message = refused({"weight_decay": "0.3"})
    assert message.startswith("--weight-decay: Unknown parameter of the optimizer 'adam': 'weight_decay'. Allowed: am")
    assert "--weight-decay: optimizer adamw: weight_decay = -1" in refused({"optimizer": "adamw", "weight_decay": "-1"})


def test_parameters_of_parts(toml):
    wish = experiment("digits", {"optimizer": "sgd"}, ["optimizer.lr=0.5", "activation.at_zero=1"])
    assert wish.optimizer.spec == "sgd:lr=0.5" and wish.activation[0].values["at_zero"] == 1
    file = toml(
        'optimizer = {name = "adam", amsgrad = true}\nactivation = ["relu", {name = "elu", alpha = 2}]\nhidden=[2,3]'
    )
    wish = experiment("digits", {}, ["optimizer.beta1=0.5"], file)
    assert wish.optimizer.values["amsgrad"] is True and wish.optimizer.values["beta1"] == 0.5
    assert wish.activation[1].spec == "elu:alpha=2.0"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": "ten"}, ["--epochs", "'ten'", "an integer of at least 0"]),
        ({"epochs": "-1"}, ["--epochs = -1"]),
        ({"epochs": "9" * 30}, ["--epochs"]),
        ({"batch_size": "0"}, ["--batch-size", "at least 1", "'auto'"]),
        ({"threads": "0"}, ["--threads", "'all'"]),
        ({"hidden": "12,x"}, ["--hidden", "'12,x'", "128,64"]),
        ({"hidden": "0"}, ["--hidden"]),
        ({"loss": "cross_entrpy"}, ["Unknown loss 'cross_entrpy'", "Did you mean 'cross_entropy'", "mse"]),
        ({"optimizer": "adma"}, ["Unknown optimizer 'adma'", "Did you mean 'adam'", "sgd"]),
        ({"optimizer": "adam:beta9=1"}, ["'beta9'", "beta1"]),
        ({"optimizer": "adam:beta1=2"}, ["beta1", "2"]),
        ({"activation": "relu,tanh"}, ["2 activations", "1 hidden layers"]),
        ({"activation": ""}, ["--activation"]),
        ({"initializer": "he"}, ["Unknown initializer 'he'"]),
        ({"task": "regresion"}, ["--task", "Did you mean 'regression'", "classification"]),
        ({"dtype": "float16"}, ["--dtype", "float32, float64"]),
        ({"device": "gpu"}, ["--device", "cuda"]),
        ({"validation": "1.5"}, ["--validation", "'1.5'", "fraction"]),
        ({"validation": "-0.1"}, ["--validation"]),
        ({"validation": ""}, ["--validation"]),
        ({"dropout": "1"}, ["--dropout", "below 1"]),
        ({"l2": "nan"}, ["--l2", "'nan'"]),
        ({"clip_norm": "0"}, ["--clip-norm", "above 0", "'none'"]),
        ({"shuffle": "maybe"}, ["--shuffle", "true or false"]),
        ({"seed": "1.5"}, ["--seed", "integer"]),
        ({"missing": "median"}, ["--missing", "error, mean"]),
        ({"target": "a,,b"}, ["--target"]),
        ({"early_stopping": "3", "validation": "none"}, ["--early-stopping", "--validation"]),
        ({"optimizer": "gd", "batch_size": "32"}, ["--batch-size", "32", "'gd'", "sgd"]),
    ],
)  # fmt: skip
def test_wrong_options(options, words):
    message = refused(options)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("epochs", ["KEY=VALUE"]),
        ("=5", ["KEY=VALUE"]),
        ("epoch=5", ["Unknown key 'epoch'", "Did you mean 'epochs'"]),
        ("batch-size=5", ["Did you mean 'batch_size'"]),
        ("epochs.x=5", ["epochs has no parameters"]),
        ("optimizer.beta=1", ["'beta'", "beta1"]),
        ("loss.delta=1", ["choose a loss first", "--loss"]),
        ("epochs=x", ["--set epochs", "'x'"]),
    ],
)
def test_wrong_sets(item, words):
    message = refused(sets=[item])
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch = 5", ["config.toml", "Unknown key 'epoch'", "Did you mean 'epochs'"]),
        ("epochs = 'ten'", ["config.toml: epochs", "'ten'"]),
        ("epochs = true", ["config.toml: epochs", "True"]),
        ("epochs = 2.5", ["config.toml: epochs", "2.5"]),
        ("epochs = ", ["is not TOML"]),
        ("hidden = 'a'", ["config.toml: hidden"]),
        ("hidden = [true]", ["config.toml: hidden"]),
        ("hidden = {a = 1}", ["config.toml: hidden"]),
        ("optimizer = 5", ["config.toml: optimizer"]),
        ("optimizer = {lr = 1}", ["config.toml: optimizer", '"name"']),
        ("optimizer = {name = 'adam', beta9 = 1}", ["beta9"]),
        ("activation = []", ["config.toml: activation"]),
        ("loss = ['mse']", ["config.toml: loss"]),
        ("target = 5", ["config.toml: target"]),
        ("target = [5]", ["config.toml: target"]),
        ("validation = [1]", ["config.toml: validation"]),
        ("seed = 1979-05-27", ["config.toml: seed"]),
        ("plugins = 5", ["plugins must be tables"]),
        (
            "plugins = [{name = 'fastnn_mish.py', parts = ['activation my_mish']}]",
            ["--plugin fastnn_mish.py", "my_mish"],
        ),
        ("plugins = [{name = 'fastnn-mish', parts = ['activation my_mish']}]", ["install fastnn-mish"]),
        ("data = 5", ["config.toml: data = 5", "a name, or the path of a file"]),
    ],
)
def test_wrong_files(toml, text, words):
    message = refused(file=toml(text), data=None if text.startswith("data") else "digits")
    assert all(word in message for word in words), message


def test_files_that_cannot_be_read(tmp_path):
    assert "Cannot read" in refused(file=str(tmp_path / "none.toml"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    assert "is not TOML" in refused(file=str(tmp_path / "bytes.toml"))


def test_no_data():
    assert "fastnn data list" in refused(data=None)


def test_the_record_gives_the_same_experiment(toml, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "val.csv").write_text("a,b\n1,2\n")
    options = {
        "target": '"a, b",c', "validation": "val.csv", "hidden": "3,4", "activation": "relu,elu:alpha=0.3",
        "loss": "huber:delta=0.1", "optimizer": "adam:amsgrad=true", "lr": "0.1", "clip_norm": "1e-7",
        "early_stopping": "4", "threads": "2", "batch_size": "33", "ignore": "x", "shuffle": "no",
    }  # fmt: skip
    wish = experiment("digits", options)
    text = complete(wish, "runs/001-digits")
    again = experiment(file=toml(text))
    assert str(again.validation) == str(tmp_path / "val.csv")
    assert wish.target == ("a, b", "c")
    for name in Experiment.__dataclass_fields__:
        if name not in ("validation", "version", "given"):
            assert getattr(again, name) == getattr(wish, name), name
    assert set(tomllib.loads(text)) == {"fastnn", "data"} | {s.name for s in SETTINGS.values() if not s.parameter_of}


def test_a_plugin_is_named_in_the_record_and_never_run_by_it(toml, tmp_path):
    plugin = tmp_path / "fastnn_square.py"
    plugin.write_text(
        "import fastnn\n"
        "def square(x):\n    return x * x\n"
        "def slope(x, y):\n    return x + x\n"
        "@fastnn.hookimpl\n"
        "def fastnn_activations():\n    return [fastnn.Activation('config_square', square, derivative=slope)]\n"
    )
    fastnn.load_plugin(plugin)
    text = complete(experiment("digits", {"activation": "config_square"}), "runs/001")
    assert experiment(file=toml(text)).activation[0].name == "config_square"
    recorded = tomllib.loads(text)["plugins"][0]
    assert recorded["name"] == "fastnn_square.py" and recorded["parts"] == ["activation config_square"]
    kept = text.replace(recorded["hash"], "0" * 64)  # a comment in the file, say
    assert experiment(file=toml(kept)).notes == ()
    changed = text.replace(recorded["formulas"]["activation config_square"], "0" * 64)
    message = refused(file=toml(changed), data=None)
    assert "formula of the activation config_square in" in message and "delete 'plugins' from the file" in message


values = st.recursive(
    st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=values)
def test_toml_values_come_back(value):
    assert tomllib.loads(f"key = {toml_value(value)}") == {"key": value}


@given(key=st.sampled_from(sorted(SETTINGS)), value=values)
def test_any_value_for_any_key_is_taken_or_refused(tmp_path_factory, key, value):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(f"{key} = {toml_value(value)}", encoding="utf-8")
    try:
        experiment("digits", file=str(path))
    except FastnnError as error:
        assert len(str(error)) < 20_000


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode()))
def test_any_bytes_as_a_file(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(content)
    with contextlib.suppress(UsageError):
        experiment("digits", file=str(path))


@given(key=st.sampled_from(sorted(SETTINGS)), text=st.text(max_size=30))
def test_any_text_for_any_option(key, text):
    with contextlib.suppress(FastnnError):
        experiment("digits", {key: text})
