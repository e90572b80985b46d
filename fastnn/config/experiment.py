"""The complete configuration of a run: options, ``--set`` and a TOML file become one frozen Experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from fastnn.config.parts import changed, parameters_in
from fastnn.config.plugins import check_plugins
from fastnn.config.settings import PARTS, SETTINGS, Setting
from fastnn.config.split import check_split
from fastnn.config.toml import read_toml
from fastnn.data.share import Folds
from fastnn.errors import UsageError, unknown
from fastnn.limits import refusal
from fastnn.parts.part import Bound
from fastnn.training.arguments import check_batch_size, check_early_stopping

EXTRA_KEYS = ("fastnn", "plugins", "sha256")  # keys of a recorded configuration that are not settings
DEFAULT, FILE, SET, OPTION = range(-1, 3)  # sources of a value; a higher one takes precedence


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Everything that determines the result of a run. See ``settings`` for the meaning of each field.

    Equal experiments on equal data give equal bits on one kind of processor. Settings for a parameter of a part, such
    as lr, are in the part.
    """

    data: str
    recipe: str | None
    ensemble: int
    clip_inputs: float | None
    encoding: str
    target: tuple[str, ...]
    task: str
    validation: float | str | Folds
    test: float | str | None
    stratify: bool
    features: tuple[str, ...]
    ignore: tuple[str, ...]
    categorical: tuple[str, ...]
    numeric: tuple[str, ...]
    missing: str
    na_values: tuple[str, ...] | None
    missing_target: str
    header: str
    decimal: str
    format: str
    hidden: tuple[int, ...]
    activation: tuple[Bound, ...]
    output_activation: Bound
    initializer: Bound
    bias_initializer: Bound
    dtype: str
    loss: Bound | None
    optimizer: Bound
    epochs: int
    batch_size: int | None
    shuffle: bool
    dropout: float
    l1: float
    l2: float
    clip_norm: float | None
    early_stopping: int | None
    tolerance: float | None
    device: str
    threads: int | None
    seed: int
    sha256: Mapping[str, str] = field(default_factory=dict)  # of the files, when the configuration was recorded
    given: frozenset[str] = field(default=frozenset(), compare=False)  # by the user: a recipe leaves them as they are
    version: str = ""  # of the fastnn that recorded the configuration
    notes: tuple[str, ...] = ()  # on the plugins that it names

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """All parts that the run uses."""
        parts = (*self.activation, *(getattr(self, name) for name in PARTS))
        return tuple(bound for bound in parts if bound is not None)


def experiment(
    data: str | None = None,
    options: Mapping[str, Any] | None = None,
    sets: Sequence[str] = (),
    file: str | None = None,
    in_python: bool = False,
) -> Experiment:
    """Return the experiment from a file, changed by ``sets`` ("KEY=VALUE", "PART.PARAMETER=VALUE"), then by options.

    in_python: the options are keyword arguments, and messages call them so.
    Raises UsageError that names the option or key, the value and the allowed values.
    """
    given = _Given()
    for name, setting in SETTINGS.items():
        given.put(name, setting.default, name, DEFAULT)
    found = read_toml(file) if file else {}
    notes = check_plugins(found.get("plugins", []), file or "")
    for key, value in found.items():
        if key not in SETTINGS and key not in ("data", *EXTRA_KEYS):
            raise UsageError(f"{file}: {unknown('key', key, (*SETTINGS, 'data'))}")
        given.put(key, value, f"{file}: {key}", FILE)
    for item in sets:
        key, value = _assignment(item)
        given.put(key, value, f"--set {key}", SET)
    for key, value in (options or {}).items():
        if value is not None:
            given.put(key, value, key if in_python else SETTINGS[key].option, OPTION)
    recorded = found.get("sha256", {})
    if not isinstance(recorded, dict) or not all(isinstance(value, str) for value in recorded.values()):
        raise refusal(recorded, f"{file}: sha256", "a table of files and their SHA-256")
    checked: dict[str, Any] = {"data": _checked_data(data, found, file)}
    for name, setting in SETTINGS.items():
        checked[name] = setting.check(given.value[name], given.where[name])
    for setting in SETTINGS.values():
        if setting.parameter_of:
            given.move_to_part(setting, checked.pop(setting.name))
    _set_parameters(checked, given)
    _check_together(checked, given.where)
    files = (checked["data"], checked["validation"], checked["test"])
    checked["sha256"] = {name: value for name, value in recorded.items() if name in files}
    checked["given"], checked["notes"] = frozenset(given.named), notes
    if checked["recipe"] is None and (file or {"hidden", "epochs"} & given.named):
        checked["recipe"] = "plain"
    checked["version"] = str(found.get("fastnn", ""))
    assert set(checked) == {f.name for f in fields(Experiment)}
    return Experiment(**checked)


class _Given:
    """The value given for each key ("optimizer", "optimizer.lr"), its name in messages, and its source (the level)."""

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self.where: dict[str, str] = {}
        self.level: dict[str, int] = {}

    def put(self, key: str, value: Any, where: str, level: int) -> None:
        self.value[key], self.where[key], self.level[key] = value, where, level

    @property
    def named(self) -> set[str]:
        """The keys that the user gave."""
        return {key for key, level in self.level.items() if level != DEFAULT}

    def move_to_part(self, setting: Setting, value: Any) -> None:
        """Turn --lr into optimizer.lr, unless a source of a higher level sets the optimizer's lr."""
        part, name = setting.parameter_of, setting.name
        own = [self.level.get(f"{part}.{name}", FILE)]
        if name in parameters_in(self.value[part]):
            own.append(self.level[part])
        if value is not None and self.level[name] >= max(own):
            self.put(f"{part}.{name}", value, self.where[name], self.level[name])


def _checked_data(data: str | None, found: Mapping[str, Any], file: str | None) -> str:
    if "data" in found and not isinstance(found["data"], str):
        raise refusal(found["data"], f"{file}: data", "a name, or the path of a file")
    chosen = data or found.get("data")
    if not chosen:
        raise UsageError('No data: give a name or a file, as in "fastnn train digits" (fastnn data list).')
    try:
        chosen.encode()
    except UnicodeEncodeError:
        raise UsageError(f"The name {chosen!r} is not UTF-8, so no configuration can contain it. Rename it.") from None
    return chosen


def _assignment(item: str) -> tuple[str, str]:
    """Return (key, value) for "optimizer.beta1=0.8"."""
    key, equals, value = item.partition("=")
    name, _, parameter = key.strip().partition(".")
    if not equals or not name:
        raise UsageError(f"--set {item!r} is not KEY=VALUE, such as epochs=20 or optimizer.beta1=0.8.")
    if name not in SETTINGS:
        raise UsageError(f"--set {item!r}: {unknown('key', name, SETTINGS)}")
    if parameter and name not in (*PARTS, "activation"):
        raise UsageError(f"--set {item!r}: {name} has no parameters; write --set {name}=VALUE.")
    return f"{name}.{parameter}" if parameter else name, value.strip()


def _set_parameters(checked: dict[str, Any], given: _Given) -> None:
    """Apply parameters that were given separately, such as optimizer.beta1, to their parts."""
    for key, value in given.value.items():
        name, dot, parameter = key.partition(".")
        if not dot:
            continue
        part = checked[name]
        if part is None:
            raise UsageError(f"{given.where[key]}: choose a {name} first, with {SETTINGS[name].option}.")
        try:
            checked[name] = changed(part, {parameter: value})
        except UsageError as error:
            raise UsageError(f"{given.where[key]}: {error}") from None


def _check_together(checked: Mapping[str, Any], where: Mapping[str, str]) -> None:
    """Raise UsageError for values that are allowed separately but not together."""
    from fastnn.network.arguments import per_hidden_layer  # imports NumPy, which --help does without

    if len(checked["activation"]) != 1:
        per_hidden_layer(checked["activation"], len(checked["hidden"]), where["activation"])
    both = [name for name in checked["categorical"] if name in checked["numeric"]]
    if both:
        raise UsageError(
            f"{where['numeric']}, {where['categorical']}: the column {both[0]!r} cannot be both. Remove it from one."
        )
    from_input = [name for name in ("data", "validation", "test") if checked[name] == "-"]
    if len(from_input) > 1:
        first, second = from_input[:2]
        raise UsageError(
            f"{where[second]} -: standard input can be read only once, and it is {where.get(first, 'DATA')} already."
        )
    if checked["encoding"] == "auto" and checked["validation"] == 0:
        raise UsageError(
            f"{where['encoding']} = auto takes the encoding with the lower validation loss, but there is no validation "
            f"data: set {where['validation']} to a fraction of the rows, or choose none or quantiles:12."
        )
    check_early_stopping(
        checked["early_stopping"], checked["validation"] != 0, where["early_stopping"], where["validation"]
    )
    check_batch_size(checked["optimizer"], checked["batch_size"], where["batch_size"])
    check_split(checked["validation"], checked["test"], checked["stratify"], where)
