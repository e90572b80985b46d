"""What is trained on what, and how: options, ``--set`` and a TOML file become one frozen Experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from fastnn.config.parts import changed
from fastnn.config.settings import PARTS, SETTINGS
from fastnn.config.toml import read_toml
from fastnn.config.values import refuse
from fastnn.errors import UsageError, unknown
from fastnn.parts.kinds import Bound

EXTRA_KEYS = ("fastnn", "plugins", "sha256")  # what a recorded configuration says besides the settings


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """All that decides the result of a run. See ``settings`` for the meaning of each field.

    Equal experiments on equal data give equal bits. The learning rate is in ``optimizer``.
    """

    data: str
    target: tuple[str, ...]
    task: str
    validation: float | str
    features: tuple[str, ...]
    ignore: tuple[str, ...]
    categorical: tuple[str, ...]
    missing: str
    header: str
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

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """All parts that take part."""
        parts = (*self.activation, *(getattr(self, name) for name in PARTS))
        return tuple(bound for bound in parts if bound is not None)


def experiment(
    data: str | None = None,
    options: Mapping[str, Any] | None = None,
    sets: Sequence[str] = (),
    file: str | None = None,
) -> Experiment:
    """The experiment from a file, changed by ``sets`` ("KEY=VALUE", "PART.PARAMETER=VALUE"), then by options.

    Raises UsageError that names the option or key, the value and what is allowed.
    """
    raw: dict[str, Any] = {name: setting.default for name, setting in SETTINGS.items()}
    where = {name: name for name in SETTINGS}
    given = read_toml(file) if file else {}
    check_plugins(given.get("plugins", []), file or "")
    for key, value in given.items():
        if key not in SETTINGS and key not in ("data", *EXTRA_KEYS):
            raise UsageError(f"{file}: {unknown('key', key, (*SETTINGS, 'data'))}")
        raw[key], where[key] = value, f"{file}: {key}"
    level = {"lr": 0, "optimizer": 0}  # which of two learning rates wins: the option over --set over the file
    changes: dict[str, dict[str, str]] = {}
    for item in sets:
        key, parameter, value = _assignment(item)
        if parameter:
            changes.setdefault(key, {})[parameter] = value
            level[f"{key}.{parameter}"], where[f"{key}.{parameter}"] = 1, f"--set {key}.{parameter}"
        else:
            raw[key], where[key], level[key] = value, f"--set {key}", 1
    for key, value in (options or {}).items():
        if value is not None:
            raw[key], where[key], level[key] = value, SETTINGS[key].option, 2
    if "data" in given and not isinstance(given["data"], str):
        raise refuse(given["data"], f"{file}: data", "a name, or the path of a file")
    if data or raw.get("data"):
        checked: dict[str, Any] = {"data": data or raw["data"]}
    else:
        raise UsageError('No data: give a name or a file, as in "fastnn train digits" (fastnn data list).')
    try:
        checked["data"].encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"The name {checked['data']!r} is not UTF-8, so no configuration can hold it. Rename it."
        ) from None
    for name, setting in SETTINGS.items():
        checked[name] = setting.check(raw[name], where[name])
    lr = checked.pop("lr")
    if lr is not None and level["lr"] >= _level_of_own_rate(raw["optimizer"], level):
        changes.setdefault("optimizer", {})["lr"], where["optimizer.lr"] = lr, where["lr"]
    _change(checked, changes, where)
    _check_together(checked, where)
    recorded = given.get("sha256", {})
    if not isinstance(recorded, dict) or not all(isinstance(value, str) for value in recorded.values()):
        raise refuse(recorded, f"{file}: sha256", "a table of files and their SHA-256")
    files = (checked["data"], checked["validation"])
    checked["sha256"] = {name: value for name, value in recorded.items() if name in files}
    assert set(checked) == {f.name for f in fields(Experiment)}
    return Experiment(**checked)


def _level_of_own_rate(optimizer: Any, level: Mapping[str, int]) -> int:
    """Where the optimizer's own learning rate comes from: "adam:lr=0.1", --set optimizer.lr=0.1; else -1."""
    own = level["optimizer"] if isinstance(optimizer, str) and "lr=" in optimizer.replace(" ", "") else -1
    return max(own, level.get("optimizer.lr", -1))


def _assignment(item: str) -> tuple[str, str, str]:
    """(key, parameter or "", value) of "optimizer.beta1=0.8"."""
    key, equals, value = item.partition("=")
    name, _, parameter = key.strip().partition(".")
    if not equals or not name:
        raise UsageError(f"--set {item!r} is not KEY=VALUE, such as epochs=20 or optimizer.beta1=0.8.")
    if name not in SETTINGS:
        raise UsageError(f"--set {item!r}: {unknown('key', name, SETTINGS)}")
    if parameter and name not in (*PARTS, "activation"):
        raise UsageError(f"--set {item!r}: {name} has no parameters; write --set {name}=VALUE.")
    return name, parameter, value.strip()


def _change(checked: dict[str, Any], changes: Mapping[str, Mapping[str, Any]], where: Mapping[str, str]) -> None:
    for name, values in changes.items():
        if checked[name] is None:
            raise UsageError(f"--set {name}.{next(iter(values))}: choose a {name} first, with {SETTINGS[name].option}.")
        for parameter, value in values.items():
            found, one = checked[name], {parameter: value}
            try:
                checked[name] = (
                    tuple(changed(b, one) for b in found) if isinstance(found, tuple) else changed(found, one)
                )
            except UsageError as error:
                raise UsageError(f"{where[f'{name}.{parameter}']}: {error}") from None


def _check_together(checked: Mapping[str, Any], where: Mapping[str, str]) -> None:
    """What is allowed alone but not together."""
    many = len(checked["activation"])
    if many not in (1, len(checked["hidden"])):
        raise UsageError(
            f"{where['activation']}: {many} activations for {len(checked['hidden'])} hidden layers; "
            "give one, or one for each."
        )
    if checked["early_stopping"] and checked["validation"] == 0:
        raise UsageError(f"{where['early_stopping']} needs validation rows: --validation 0.2, or a file.")
    optimizer = checked["optimizer"]
    if optimizer.part.batch == "full" and checked["batch_size"]:
        raise UsageError(
            f"{where['batch_size']} = {checked['batch_size']}: the optimizer {optimizer.name!r} always takes "
            "all rows at once. Leave it out, or use sgd."
        )


def check_plugins(plugins: Any, file: str) -> None:
    """UsageError for a plugin that a recorded configuration needs and that is absent, or has changed."""
    from fastnn.parts.registry import parts, plugins_of

    for entry in plugins if isinstance(plugins, list) else [plugins]:
        named = entry.get("parts") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(named, list) or not all(isinstance(p, str) for p in named):
            raise UsageError(f"{file}: plugins must be tables with name, version, hash and parts.")
        loaded = plugins_of(part() for part, _ in parts())
        name = entry.get("name")
        same_name = [plugin for plugin in loaded if plugin["name"] == name]
        if not same_name:
            how = f"--plugin {name}" if str(name).endswith(".py") else f"install {name}"
            needs = ", ".join(entry["parts"])
            raise UsageError(f"{file} needs the plugin {name!r} for {needs}: {how}.")
        if entry.get("hash") and all(plugin["hash"] != entry["hash"] for plugin in same_name):
            raise UsageError(
                f"{file} was written with other content of the plugin {name!r}: the run cannot be repeated. "
                "Get that content back, or delete 'plugins' from the file to go on with this one."
            )
