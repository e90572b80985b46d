"""What is known of a text file before it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReadOptions:
    """Options for reading a delimited file.

    kinds: "number" or "category" for columns whose kind is known. only: read no other columns. ignore: columns to
    leave out. features, target: if given, read only these. header: whether the first line holds names: "yes", "no",
    or "auto" (see ``header``). decimal: "," or "." for files in which it is not clear; decimal_fixed: for all files.
    na_values: the texts that are missing values; None: the usual ones. numbered: call the columns x1 ... xn, whatever
    their names in the file. format: "csv", "tsv", or "auto" by the name. may_be_empty: whether there may be no rows.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    only: bool = False
    ignore: Sequence[str] = ()
    features: Sequence[str] = ()
    target: Sequence[str] = ()
    header: str = "auto"
    decimal: str = ""
    decimal_fixed: bool = False
    na_values: Sequence[str] | None = None
    numbered: bool = False
    format: str = "auto"
    may_be_empty: bool = False

    def needed(self, names: Sequence[str]) -> list[int]:
        """Return the places of the columns whose content is needed. The last column is the target by default."""
        ignored, chosen = set(self.ignore), {*self.features, *self.targets(names)}
        return [
            i
            for i, name in enumerate(names)
            if name not in ignored and (name in self.kinds or (not self.only and (not self.features or name in chosen)))
        ]

    def targets(self, names: Sequence[str]) -> Sequence[str]:
        """Return the names of the target columns."""
        return self.target or names[-1:]
