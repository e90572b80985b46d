"""The lines that the live display rewrites, also after the terminal has become narrower."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from rich.live import Live
from rich.live_render import LiveRender
from rich.segment import Segment


class Region(LiveRender):
    """Rich's region, whose height is that in the terminal of now.

    A terminal that becomes narrower wraps the lines that it shows. Rich goes up by the number of lines that it wrote,
    which is then too small, and the uppermost lines stay as ghosts.
    """

    def __init__(self, renderable: RenderableType, console: Console):
        super().__init__(renderable)
        self._console = console
        self._widths: list[int] = []

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self._widths = [0]
        for segment in super().__rich_console__(console, options):
            assert isinstance(segment, Segment)
            if segment.text == "\n":
                self._widths.append(0)
            else:
                self._widths[-1] += segment.cell_length
            yield segment

    def position_cursor(self) -> Control:
        """Return the codes that erase the region and leave the cursor at its beginning."""
        if self._widths:
            width = max(self._console.width, 1)
            self._shape = width, sum(max(1, -(-length // width)) for length in self._widths)
        return super().position_cursor()


def use_region(live: Live, console: Console) -> None:
    """Let ``live`` count the lines as a Region does. In a Rich that is built in another way, it counts as before."""
    if isinstance(getattr(live, "_live_render", None), LiveRender):
        live._live_render = Region(live.get_renderable(), console)
