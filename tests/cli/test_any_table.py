"""For any table and any options, fastnn gives a result or an error message, never a traceback."""

import contextlib
import io
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnn.cli.group import run

cells = st.one_of(
    st.integers(-3, 3).map(str),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["a", "b", "c", "", "NA", "inf", "1e300", "yes", "no"]),
)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "--loss": st.sampled_from(
            ["mse", "cross_entropy", "binary_cross_entropy", "hinge", "poisson", "mae", "huber:delta=0.1", "none"]
        ),
        "--optimizer": st.sampled_from(["sgd", "adam", "gd", "rmsprop:centered=true", "adadelta", "nadam"]),
        "--lr": st.sampled_from(["0", "0.1", "1e10", "-1"]),
        "--task": st.sampled_from(["auto", "regression", "classification"]),
        "--target": st.sampled_from(["y", "x0", "x0,y", "none"]),
        "--hidden": st.sampled_from(["none", "1", "3,2", "x"]),
        "--activation": st.sampled_from(["relu", "prelu", "gelu", "tanh,relu", "softmax"]),
        "--validation": st.sampled_from(["0", "0.5", "0.99", "last:0.3", "t.csv", "1"]),
        "--test": st.sampled_from(["none", "0.2", "last:0.5"]),
        "--stratify": st.sampled_from(["true"]),
        "--missing": st.sampled_from(["error", "mean"]),
        "--batch-size": st.sampled_from(["1", "7", "1000"]),
        "--dropout": st.sampled_from(["0", "0.9"]),
        "--clip-norm": st.sampled_from(["none", "1e-3"]),
        "--early-stopping": st.sampled_from(["1"]),
        "--tolerance": st.sampled_from(["0", "10"]),
        "--dtype": st.sampled_from(["float32", "float64"]),
        "--categorical": st.sampled_from(["x0", "y"]),
        "--numeric": st.sampled_from(["x0", "y"]),
        "--na-values": st.sampled_from(["none", "a", "1,NA", "-3"]),
        "--header": st.sampled_from(["yes", "no"]),
        "--decimal": st.sampled_from(["point", "comma"]),
        "--format": st.sampled_from(["csv", "tsv"]),
    },
)


@st.composite
def tables(draw) -> str:
    width = draw(st.integers(1, 4))
    columns = [draw(st.sampled_from([cells, st.integers(0, 3).map(str), st.sampled_from("ab")])) for _ in range(width)]
    rows = draw(st.integers(0, 20))
    names = [f"x{i}" for i in range(width - 1)] + ["y"]
    return "\n".join([",".join(names), *(",".join(draw(c) for c in columns) for _ in range(rows))])


def attempt(*arguments: str) -> int:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    assert code in (0, 2, 3, 4), f"{code}: {err.getvalue()}"
    assert (code == 0) == ("Error" not in err.getvalue())
    return code


@pytest.mark.filterwarnings("error")
@given(table=tables(), wish=wishes)
def test_any_table(tmp_path_factory, table, wish):
    folder = tmp_path_factory.getbasetemp() / "any table"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path, out = str(folder / "t.csv"), str(folder / "run")
    (folder / "t.csv").write_text(table)
    options = [piece.replace("t.csv", path) for item in wish.items() for piece in item]
    code = attempt("train", path, "--epochs", "2", "--quiet", "--out", out, *options)
    if code == 0:
        assert attempt("predict", out, path) in (0, 4)
        assert attempt("evaluate", out, path) in (0, 4)
