"""A large file is read in portions if all of its lines are usual; otherwise, or if it changes meanwhile, as a whole."""

from __future__ import annotations

from unittest import mock

import pytest

from fastnn.data.text import delimited, large, on_disk, portions

HEAD = b"a,b,y\n"
ROWS = [b"%d,t%d,%.1f\n" % (i, i % 2, i / 2) for i in range(1, 60)]
USUAL = HEAD + b"".join(ROWS)
FILES = {  # and whether a file may be read in portions
    "usual": (USUAL, True),
    "without a last newline": (USUAL[:-1], True),
    "Windows": (USUAL.replace(b"\n", b"\r\n"), True),
    "UTF-8": (USUAL.replace(b"t1", "ä€".encode()), True),
    "Latin-1": (USUAL.replace(b"t1", b"\xe4"), False),
    "a mark": (b"\xef\xbb\xbf" + USUAL, False),
    "quotation marks": (USUAL + b'"1",t1,2.0\n', False),
    "a zero byte": (USUAL + b"1,\0,2.0\n", False),
    "Mac": (USUAL.replace(b"\n", b"\r"), False),
    "a carriage return": (USUAL + b"1,t\r1,2.0\n", False),
    "no last cell": (USUAL + b"1,t1,", False),
    "blank first line": (b"\n" + USUAL, False),
    "for Excel": (b"sep=,\n" + USUAL, False),
}


@pytest.mark.parametrize("portion", [64, 1 << 20])
@pytest.mark.parametrize("what", FILES)
def test_what_may_be_read_in_portions(tmp_path, what, portion):
    content, may = FILES[what]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with mock.patch.object(portions, "PORTION", portion):
        found = on_disk.survey(str(path), 0)
    assert (found is not None) == may
    if found is not None:
        for size in (0, 150, 1 << 30):
            parts = list(found.portions(size))
            assert b"".join(parts) == content
            assert all(len(part) >= size for part in parts[:-1])
        assert found.lines == len(ROWS) + 1
        assert not found.zeros
        assert (len(found.sizes) > 1) == (portion == 64)


@pytest.mark.parametrize("portion", [64, 1 << 20])
def test_zeros_are_seen_wherever_a_portion_ends(tmp_path, portion):
    path = tmp_path / "t.csv"
    for at in range(30, 60):
        path.write_bytes(HEAD + b"".join(ROWS[:at]) + b"1,007,2\n" + b"".join(ROWS[at:]))
        with mock.patch.object(portions, "PORTION", portion):
            found = on_disk.survey(str(path), 0)
        assert found is not None
        assert found.zeros


def test_the_text_is_not_read_as_a_whole(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(USUAL)
    with mock.patch.object(large, "LARGE", 0), mock.patch.object(delimited, "open_text", side_effect=AssertionError):
        table = delimited.read(str(path))
    assert table.rows == len(ROWS)
    assert table.numbers("y").tolist() == [i / 2 for i in range(1, 60)]
    assert table.texts["b"].labels == ("t0", "t1")


@pytest.mark.parametrize("change", ["shorter", "gone"])
def test_a_file_that_changes_is_read_again(tmp_path, change):
    path = tmp_path / "t.csv"
    path.write_bytes(USUAL)
    survey = delimited.survey

    def changing(*arguments):
        found = survey(*arguments)
        path.write_bytes(HEAD + b"".join(ROWS[:20])) if change == "shorter" else path.unlink()
        return found

    with mock.patch.object(large, "LARGE", 0), mock.patch.object(delimited, "survey", changing):
        if change == "shorter":
            assert delimited.read(str(path)).rows == 20
        else:
            with pytest.raises(delimited.DataError, match=r"Cannot read .*t\.csv: No such file"):
                delimited.read(str(path))


def test_a_folder_is_no_file(tmp_path):
    assert on_disk.survey(str(tmp_path), 0) is None
