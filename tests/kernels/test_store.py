"""The folder of compiled code: no incomplete files, limited in size, private."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fastnn.kernels import store


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "_problem", None)
    return tmp_path / "cache"


@pytest.mark.parametrize("content", [b"", b"x", bytes(1023)])
def test_what_was_saved_is_loaded(content):
    assert store.load("a") is None
    store.save("a", content)
    assert store.load("a") == content
    assert store.load("b") is None
    assert store.cache_problem() is None


@pytest.mark.parametrize("keep", [0, 1, 22, 40, 60, -1])
def test_a_truncated_entry_is_deleted(folder, keep):
    store.save("a", b"some content")
    [path] = folder.iterdir()
    path.write_bytes(path.read_bytes()[:keep])
    assert store.load("a") is None
    assert not path.exists()
    assert "damaged" in store.cache_problem()


def test_one_flipped_bit_is_seen(folder):
    store.save("a", b"some content")
    [path] = folder.iterdir()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert store.load("a") is None


def test_an_entry_under_another_s_name_is_not_believed(folder):
    """Code that is called with another function's arguments could do anything."""
    store.save("a", b"content of a")
    store.save("b", b"content of b")
    os.rename(folder / "a.fnn", folder / "b.fnn")
    assert store.load("b") is None
    assert "damaged" in store.cache_problem()


unix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no numeric owners")


def refuses(folder) -> bool:
    """Neither read nor written, with a reason; and nothing is changed."""
    before = sorted(folder.iterdir())
    assert store.load("a") is None
    store.save("b", b"content")
    assert sorted(folder.iterdir()) == before
    return f"{folder} belongs to or can be written by other users, so it is not used" in store.cache_problem()


@unix
def test_another_user_s_folder_is_not_used(folder, monkeypatch):
    store.save("a", b"content")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert refuses(folder)


@unix
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_a_folder_that_others_can_write_is_not_used(folder, mode):
    store.save("a", b"content")
    folder.chmod(mode)
    assert refuses(folder)
    folder.chmod(0o755)
    assert store.load("a") == b"content"


@unix
@pytest.mark.parametrize("change", ["owner", "mode"])
def test_an_entry_of_others_is_not_read_and_not_deleted(folder, monkeypatch, change):
    store.save("a", b"content")
    entry, own = folder / "a.fnn", os.geteuid()
    if change == "owner":
        private = store._is_private
        monkeypatch.setattr(store, "_is_refused", lambda folder: False)
        monkeypatch.setattr(store, "_is_private", lambda s: private(s) and s.st_uid != own)
    else:
        entry.chmod(0o606)
    assert store.load("a") is None
    assert f"{entry} belongs to or can be written by other users" in store.cache_problem()
    assert entry.exists()


@unix
def test_doctor_tells_why_a_folder_is_not_used(folder):
    folder.mkdir()
    folder.chmod(0o777)
    assert "not used" in store.cache_problem()


@unix
def test_the_folder_and_its_files_are_private(folder):
    store.save("a", b"content")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_where_nothing_can_be_written_the_reason_is_kept(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path / "file" / "cache"))
    store.save("a", b"content")
    assert store.load("a") is None
    assert str(tmp_path / "file") in store.cache_problem()
    assert store.cache_size() == (0, 0)
    assert store.clear_cache() == 0


def test_a_full_disk_leaves_nothing_behind(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    store.save("a", b"content")
    monkeypatch.setattr(os, "replace", full)
    store.save("b", b"content")
    assert "No space left" in store.cache_problem()
    assert [path.name for path in folder.iterdir()] == ["a.fnn"]


def age(path: Path, seconds: float) -> None:
    status = path.stat()
    os.utime(path, (status.st_atime, status.st_mtime - seconds))


def test_the_least_recently_used_entries_go_first(folder, monkeypatch):
    monkeypatch.setattr(store, "MAX_ENTRIES", 3)
    for i, name in enumerate("abc"):
        store.save(name, b"content")
        age(folder / f"{name}.fnn", 100 - i)
    store.load("a")
    store.save("d", b"content")
    assert sorted(path.stem for path in folder.iterdir()) == ["a", "c", "d"]


def test_the_size_is_bounded(folder, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 3000)
    for i, name in enumerate("abcd"):
        store.save(name, bytes(1000))
        age(folder / f"{name}.fnn", 100 - i)
    count, size = store.cache_size()
    assert count == 2
    assert size <= 3000
    assert store.load("d") is not None


def test_what_a_killed_process_left_goes_after_an_hour(folder):
    store.save("a", b"content")
    old, new = folder / "old.tmp", folder / "new.tmp"
    old.touch()
    new.touch()
    age(old, 4000)
    store.save("b", b"content")
    assert not old.exists()
    assert new.exists()


def test_clearing_spares_what_is_not_ours(folder):
    store.save("a", b"content")
    store.save("b", b"content")
    (folder / "notes.txt").touch()
    assert store.clear_cache() == 2
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "/x", Path("/x/fastnn")),
        ("linux", "XDG_CACHE_HOME", "", Path.home() / ".cache" / "fastnn"),
        ("linux", "XDG_CACHE_HOME", "relative/cache", Path.home() / ".cache" / "fastnn"),
        ("darwin", "HOME", str(Path.home()), Path.home() / "Library" / "Caches" / "fastnn"),
        ("win32", "LOCALAPPDATA", "/local", Path("/local/fastnn")),
    ],
)
def test_the_platform_s_place(monkeypatch, platform, variable, value, expected):
    monkeypatch.delenv("FASTNN_CACHE_DIR")
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr("sys.platform", platform)
    assert store.cache_directory() == expected
