"""``python -m fastnn`` and the command ``fastnn``."""

from fastnn.cli.group import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
