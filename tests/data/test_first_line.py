"""A first line of numbers: names only where the line below leaves no doubt; and what is decided is said."""

import pytest

from fastnn.data.text import delimited

NAMES = [
    "2019,2020,2021\n12,15.5,11\n13,17,18\n",
    "2021,2020,2019\n12,15,11\n13,17,18\n",
    "1990,2000,2010,2020\n5,,7,8\n5,6,7,8\n",
    "2019,2020\n1.5,2.5\n2.5,3.5\n",
    "0,1,2,3,4\n5.1,3.5,1.4,0.2,setosa\n4.9,3.0,1.4,0.2,setosa\n",
    "0,1\n5.1,setosa\n4.9,setosa\n",
    "0,1,2\n5.1,3.5,1.4\n4.9,3.0,1.4\n",
    "1,2,3,4\n0.5,7,0.25,1\n0.5,8,0.5,0\n",
    "0;1;2\n5,1;3,5;1,4\n4,9;3,0;1,4\n",
    ",".join(map(str, range(20))) + "\n" + ",".join(["0"] * 15 + ["7"] * 5) + "\n" + ",".join(["3"] * 20) + "\n",
]
DATA = [
    "1,2,3\n4,5,6\n7,8,9\n",
    "0,1,2\n1,2,3\n2,3,4\n",
    "1,2,3\n1,2,4\n1,3,4\n",
    "0,1\n0.1,0.995\n0.2,0.98\n",
    "1,2\n2.5,3.5\n4,5\n",
    "0\n0.5\n1.5\n",
    "1,2,3\n",
    "2019,2020,2021\n",
    "1950,1975,2000\n1945,1970,1995\n1940,1970,2001\n",
    "2019,2020\n2020,2021\n2021,2022\n",
    "2000,2001\n50,51\n60,61\n",
    "1950,1975,2010\n12,15,11\n13,17,18\n",
    "1999,2000,2001\n1890,2205,12\n1,2,3\n",
    "0,1,2\nNA,,?\n5.5,6.5,7.5\n",
    "0,1\n0.5,NA\n0.5,1\n",
    "1,2,3,4,5,6,7,8,9,10\n2,1,3,4,5,6,7,8,9,10\n1,2,3,4,5,6,7,8,10,9\n",
    "0,1,2,3,4,5,6,7,8,9\n10,11,12,13,14,15,16,17,18,19\n20,21,22,23,24,25,26,27,28,29\n",
    "0,2,3\n0.5,0.5,0.5\n1,1,1\n",
    "5.1,3.5\n4.9,3.0\n1,1\n",
]  # fmt: skip


def read(tmp_path, text: str, **options):
    (tmp_path / "t.csv").write_text(text)
    return delimited.read(str(tmp_path / "t.csv"), delimited.ReadOptions(decimal=".", **options))


@pytest.mark.parametrize("text", NAMES)
def test_names(tmp_path, text):
    table = read(tmp_path, text)
    first = text.splitlines()[0]
    assert list(table.columns) == first.replace(";", ",").split(",") and table.rows == text.count("\n") - 1
    assert any("is read as column names" in note and "--header no" in note for note in table.notes)
    assert table.named and table.changes == ("the first line is read as column names",)
    assert read(tmp_path, text, header="no").rows == table.rows + 1


@pytest.mark.parametrize("text", DATA)
def test_data(tmp_path, text):
    table = read(tmp_path, text)
    assert not table.named and table.rows == text.count("\n") and not table.changes
    assert any("has no header" in note for note in table.notes)


def test_a_doubtful_line_names_the_option(tmp_path):
    assert any("--header yes" in note for note in read(tmp_path, "1,2,3\n4,5,6\n").notes)
    assert not any("--header yes" in note for note in read(tmp_path, "4,5,6\n1,2,3\n").notes)
    assert read(tmp_path, "1,2,3\n4,5,6\n", header="yes").columns == ("1", "2", "3")
