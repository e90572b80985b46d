"""The command ``fastnn``: its subcommands, which are imported on use, and the exit codes of errors."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence

import click

import fastnn
from fastnn.cli.command import Command
from fastnn.errors import FastnnError, unknown

COMMANDS = ("train", "predict", "evaluate", "compare", "plugins", "data", "demo", "doctor")


class NamedCommands(Command, click.Group):
    """A group whose error for an unknown command lists the existing ones."""

    command_class = Command

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            if ctx.resilient_parsing:  # the shell asks what it can complete
                return None
            ctx.fail(unknown("command", cmd_name, self.list_commands(ctx)))
        return super().get_command(ctx, cmd_name)


class LazyGroup(NamedCommands):
    """A group that imports the module of a command only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return super().get_command(ctx, cmd_name)
        return getattr(importlib.import_module(f"fastnn.cli.{cmd_name}"), cmd_name)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(fastnn.__version__, prog_name="fastnn")
def group() -> None:
    """Train fully connected neural networks on tables and small images.

    Start with:  fastnn train digits
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its exit code.

    0: success. 1: unexpected error. 2: wrong command or configuration. 3: the training diverged. 4: input is missing or
    does not match. 5: the device is not available. 130: interrupted (143 and 129: by SIGTERM and SIGHUP).
    """
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Errors are one line on stderr unless FASTNN_DEBUG is set."""
    try:
        code = group.main(arguments, prog_name="fastnn", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        click.echo("Interrupted.", err=True)
        return 128 + getattr(error.__cause__ or error, "number", signal.SIGINT)
    except FastnnError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:  # the reader has closed the output, as in ``fastnn plugins list | head``
        from fastnn.cli.lines import unread

        unread(sys.stdout)
        return 1
    except OSError as error:
        return _fail(": ".join(str(t) for t in (error.filename, error.strerror or error) if t) + ".", 1)
    except MemoryError as error:
        return _fail(f"There is not enough memory. {error}", 1)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        return _fail(f"{type(error).__name__}: {text}\nSet FASTNN_DEBUG=1 to see the traceback.", 1)
    return code if isinstance(code, int) else 0


def _fail(text: str, code: int) -> int:
    if os.environ.get("FASTNN_DEBUG", "0") not in ("", "0"):
        traceback.print_exc()
    from fastnn.cli.phrases import printable

    click.echo(f"Error: {printable(text)}", err=True)
    return code
