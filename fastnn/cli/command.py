"""The class of all commands: its error for an unknown option, and its help in narrow terminals."""

from __future__ import annotations

import click

from fastnn.cli.help_page import HelpContext
from fastnn.errors import near_name

NEVER_GUESSED = {"--overwrite", "--clear-cache"}  # options that delete something


class Command(click.Command):
    """A command that suggests an option for a mistyped one, but none that deletes something."""

    context_class = HelpContext

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the first sentence of the help, whole: the page breaks it into lines."""
        return super().get_short_help_str(1000)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)  # click removes what it has read
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if ctx.command is not self:
                raise
            name = _as_typed(error.option_name, given)
            near = near_name(name.strip("-"), [option.strip("-") for option in self._guessable(ctx)])
            suggestion = f" Did you mean '--{near}'?" if near else ""
            raise click.NoSuchOption(name, f"No such option '{name}'.{suggestion}", ctx=ctx) from None

    def _guessable(self, ctx: click.Context) -> list[str]:
        options = [o for parameter in self.get_params(ctx) for o in (*parameter.opts, *parameter.secondary_opts)]
        return [option for option in options if option.startswith("--") and option not in NEVER_GUESSED]


def _as_typed(option: str, arguments: list[str]) -> str:
    """Return the whole word for the option: click reads ``-epochs`` as the options -e, -p, -o ..."""
    if option.startswith("--"):
        return option
    words = (word.partition("=")[0] for word in arguments if word[:1] == "-" and word[:2] != "--")
    return next((word for word in words if option[1:] in word), option)
