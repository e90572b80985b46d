"""The summaries in README.md, which the benchmarks renew."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
END = "<!-- to here -->"


def renew(command: str, summary: str) -> None:
    """Replace what stands in README.md between the mark of this command and the next end mark."""
    begin = f"<!-- from {command} -->"
    before, rest = README.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(END, 1)
    README.write_text(f"{before}{begin}\n\n{summary}\n\n{END}{after}", encoding="utf-8")
