"""Files of predictions: the ending says the format."""

import gzip
import os
import threading

import numpy as np
import pytest

from fastnn.errors import UsageError
from fastnn.model.output import ENDINGS, Output

COLUMNS = {'the "label"': np.array(["a,b", "c\td", 'e"f', "", "g\nh"], object), "p": np.arange(5) / 4}
TEXT = {
    ",": 'the "label",p\n"a,b",0.0\nc\td,0.25\n"e""f",0.5\n,0.75\n"g\nh",1.0\n'.replace(
        'the "label"', '"the ""label"""'
    ),
    "\t": '"the ""label"""\tp\na,b\t0.0\n"c\td"\t0.25\n"e""f"\t0.5\n\t0.75\n"g\nh"\t1.0\n',
}


@pytest.mark.parametrize("name", [f"p{ending}" for ending in ENDINGS] + ["P.CSV", "a.b.TSV.GZ"])
def test_the_ending_says_the_format(tmp_path, name):
    path = tmp_path / name
    Output(str(path)).write(COLUMNS)
    content = path.read_bytes()
    if name.lower().endswith(".gz"):
        other = tmp_path / f"other-{name}"
        Output(str(other)).write(COLUMNS)
        assert other.read_bytes() == content  # it depends neither on the time nor on the name
        content = gzip.decompress(content)
    assert content.decode() == TEXT["\t" if ".tsv" in name.lower() else ","]


@pytest.mark.parametrize("name", ["p.xlsx", "p.txt", "p", "p.csv.zip", "p.gz", "p.parquet", "csv"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"ending.*\.csv, \.tsv, \.csv\.gz, \.tsv\.gz"):
        Output(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["pipe", "pipe.tsv.gz"])
def test_a_pipe_may_have_any_name(tmp_path, name):
    path, found = tmp_path / name, []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()))
    reader.start()
    Output(str(path)).write(COLUMNS)
    reader.join()
    assert (gzip.decompress(found[0]).decode() == TEXT["\t"]) if ".gz" in name else (found[0].decode() == TEXT[","])


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output(capsys, name):
    Output(name).write(COLUMNS)
    assert capsys.readouterr().out == TEXT[","]


@pytest.mark.parametrize("name", ["p.csv", "p.tsv.gz"])
def test_a_file_is_written_whole_or_not_at_all(tmp_path, name):
    path = tmp_path / name
    path.write_text("before")
    with pytest.raises(ValueError):
        Output(str(path), overwrite=True).write({"a": np.zeros(3), "b": np.zeros(2)})
    assert path.read_text() == "before" and [p.name for p in tmp_path.iterdir()] == [name]


def test_no_rows_and_more_than_one_block(tmp_path):
    Output(str(tmp_path / "none.csv")).write({"a": np.zeros(0), "b": np.zeros(0, object)})
    assert (tmp_path / "none.csv").read_text() == "a,b\n"
    values = np.arange(150_001) / 8
    Output(str(tmp_path / "many.csv")).write({"a": values, "b": np.arange(150_001)})
    found = np.loadtxt(tmp_path / "many.csv", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(found, np.stack([values, np.arange(150_001)], axis=1))
