"""A description of a model in a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastnn.data.preprocessing import Preprocessing
from fastnn.data.wording import listed
from fastnn.network.network import Network
from fastnn.training.record import Record

MOST = 8  # names that a line lists


def summary(
    preprocessing: Preprocessing,
    networks: Sequence[Network],
    data: str,
    history: Sequence[Record],
    epoch: int | Sequence[int] | None,
    settings: Mapping[str, Any],
) -> str:
    """Return lines on the target, the columns, the networks, the training and its result.

    epoch: the one whose parameters the network has, or those of several networks.
    """
    target = preprocessing.target
    classes = f", {len(target.classes)} classes: {listed(target.classes, MOST)}" if target.classes else ""
    lines = [f"{target.task}: {listed(target.columns, MOST)}{classes}"]
    if preprocessing.numbers:
        lines.append(f"numbers ({len(preprocessing.numbers)}): {listed(preprocessing.numbers, MOST)}")
    if preprocessing.texts:
        texts = [f"{name} ({len(labels)})" for name, labels in preprocessing.texts]
        lines.append(f"categories ({len(texts)}): {listed(texts, MOST)}")
    described = [_described(network) for network in networks]
    for text in dict.fromkeys(described):
        many = described.count(text)
        lines.append(f"{f'{many} networks' if many > 1 else 'network'} {text}")
    loss = networks[0].loss
    done = [f"loss {loss.spec}"] if loss else []
    if "optimizer" in settings:
        done += [_spelled(settings["optimizer"]), f"batch size {settings.get('batch_size')}"]
    if "seed" in settings:
        done.append(f"seed {settings['seed']}")
    lines.append(f"training{f' on {data}' if data else ''}: {', '.join(done)}")
    if history and isinstance(epoch, int):
        lines.append(f"epoch {epoch} of {len(history)}: {_result(history[epoch - 1], target.standardized)}")
    if history and not isinstance(epoch, int) and epoch:
        low, high = min(epoch), max(epoch)
        reached = f"epoch {low}" if low == high else f"epochs {low} to {high}"
        lines.append(f"{reached} of {len(history)}")
    return "\n".join(map(_printable, lines))


def shapes(networks: Sequence[Network]) -> str:
    """Return the sizes of the networks in words: "network 4-8-1", or "8 networks 4-8-1"."""
    sizes = ", ".join(dict.fromkeys("-".join(map(str, network.sizes)) for network in networks))
    return f"{len(networks)} networks {sizes}" if len(networks) > 1 else f"network {sizes}"


def _described(network: Network) -> str:
    activations = ", ".join(dict.fromkeys(a.activation.spec for a in network.plan.activations[:-1]))
    parameters = sum(segment.size for segment in network.plan.segments)
    sizes = "-".join(map(str, network.sizes))
    return f"{sizes}, {activations or 'no hidden layer'}, {parameters:,} parameters, {network.dtype}"


def _result(record: Record, standardized: bool) -> str:
    of = "standardized " if standardized else ""
    numbers = {f"{of}train loss": record.train_loss}
    if record.validation_loss is not None:
        numbers[f"{of}validation loss"] = record.validation_loss
    numbers |= record.metrics
    return ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())


def _printable(line: str) -> str:
    """Return a line with control characters escaped: names come from a file, which may be anyone's."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def _spelled(part: Any) -> str:
    """Return a part as it is recorded, with its name and parameters, in a few words: adam (lr 0.001)."""
    if not isinstance(part, Mapping):
        return str(part)
    return f"{part.get('name')}" + (f" (lr {part['lr']})" if part.get("lr") is not None else "")
