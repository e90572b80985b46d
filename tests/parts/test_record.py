"""Comparing parts with records: of earlier versions of fastnn, of objects, and of parts that became built-in."""

from __future__ import annotations

import pytest
from plugin_text import plugin_text

import fastnn
from fastnn.errors import ModelError, UsageError
from fastnn.parts import registry
from fastnn.parts.record import compare, needs, plugins_of


@pytest.fixture
def doubled(write, monkeypatch):
    """A part from a file, and its record."""
    registry.parts()
    monkeypatch.setattr(registry._registry, "_plugins", [*registry._registry._plugins])  # put back afterwards
    path = write(plugin_text("record_double"))
    fastnn.load_plugin(path)
    part = registry.get("activation", "record_double")
    [record] = plugins_of([part()])
    yield part, record, path
    registry._registry._forget()


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"hash": "0" * 64}, True),  # another comment
        ({"formulas": {"activation record_double": "0" * 64}}, False),
        ({"formulas": {}}, True),  # fastnn 0.1 compared the file
        ({"formulas": {}, "hash": "0" * 64}, False),
        ({"formulas": {}, "hash": None}, True),  # a part that was given as an object
        ({"formulas": {"activation other": "0" * 64}, "hash": "0" * 64}, False),
    ],
)
def test_formulas_are_compared_and_else_the_whole_source(doubled, change, same):
    part, record, _ = doubled
    if same:
        assert compare(record | change, part) is None
        return
    with pytest.raises(UsageError, match=r"the formula of the activation record_double in .* has changed since"):
        compare(record | change, part)


def test_a_version_is_only_noted(doubled):
    part, record, _ = doubled
    note = "the activation record_double comes from mine.py 1.2, now without a version; its formula is the same"
    assert compare(record | {"version": "1.2"}, part) == note
    assert compare(record | {"version": "1.2", "name": "other.py"}, part) is None  # the same formula, elsewhere


def test_a_part_that_a_network_still_uses_is_recorded_after_its_file_was_loaded_again(doubled):
    part, record, path = doubled
    path.write_text(plugin_text("record_double", 3.0))
    fastnn.load_plugin(path)
    assert plugins_of([part()]) == [record] != plugins_of([registry.resolve("activation", "record_double")])


def test_a_model_with_a_built_in_part_takes_no_other(doubled, tmp_path):
    """fastnn of a later version may have the same name built in."""
    file = tmp_path / "m.safetensors"
    fastnn.Network([2, 3, 1], activation="record_double").save(file)
    content = file.read_bytes()
    start, end = content.index(b'\\"plugins\\": ['), content.index(b'], \\"extra\\"')
    kept = content[:start] + b'\\"plugins\\": ['
    file.write_bytes(kept + b" " * (end - len(kept)) + content[end:])
    with pytest.raises(ModelError, match=r"its activation 'record_double' was a built-in one.*Update fastnn"):
        fastnn.load(file)


def test_what_to_do():
    assert needs({"name": "my file.py"}) == "the plugin 'my file.py': give its file, --plugin 'my file.py'"
    assert needs({"name": "fastnn-none"}) == "the plugin 'fastnn-none': install fastnn-none"
