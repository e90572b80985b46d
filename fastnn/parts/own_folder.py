"""What a plugin's file imports from its own folder: found there first, executed as it was read, and recorded.

A module in the folder belongs to the plugin alone: two plugins may each have a ``formulas.py``, and neither hides a
module of that name from anybody else. ``import formulas`` and ``from .formulas import f`` both work. Names of the
standard library and of fastnn are not looked up in the folder, and a folder of installed packages is nobody's own.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import linecache
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import decode_source, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

SHARED = ("site-packages", "dist-packages")


class OwnFolder:
    """The folder of a plugin's file. root: the module that the file becomes; own modules are submodules of it.

    sources: the content of every file that was executed, by its path in the folder.
    """

    def __init__(self, root: ModuleType, file: Path, content: bytes) -> None:
        self.root, self.folder = root.__name__, file.parent
        self.sources: dict[str, bytes] = {file.name: content}
        self.forget()
        root.__dict__.update(__package__=self.root, __path__=[str(self.folder)])
        self.adopt(root)
        _finder.folders[self.root] = self
        if _finder not in sys.meta_path:
            sys.meta_path.insert(0, _finder)  # before the one that would look for a .pyc file

    def adopt(self, module: ModuleType) -> None:
        """Let the import statements of a module look in the folder first."""
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}

    def forget(self) -> None:
        """Forget the modules of the folder, because the file is executed again, or could not be executed."""
        _finder.folders.pop(self.root, None)
        for name in [n for n in sys.modules if n.startswith(f"{self.root}.")]:
            del sys.modules[name]

    def digest(self) -> str:
        """Return the SHA-256 of all files that were executed; of one file alone, that of its content."""
        return digest_of(self.sources)

    def changed(self) -> bool:
        """Return whether one of the files has another content now, or cannot be read."""
        try:
            return any((self.folder / name).read_bytes() != content for name, content in self.sources.items())
        except OSError:
            return True

    def _import(
        self,
        name: str,
        globals: dict[str, Any] | None = None,
        locals: dict[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """Stand in for ``__import__`` in the plugin's modules."""
        top = name.partition(".")[0]
        if level or not self._is_own(top):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        if fromlist:
            return importlib.__import__(f"{self.root}.{name}", globals, locals, fromlist, 0)
        importlib.import_module(f"{self.root}.{name}")
        return sys.modules[f"{self.root}.{top}"]

    def _is_own(self, name: str) -> bool:
        if name in sys.stdlib_module_names or name == "fastnn" or self.folder.name in SHARED:
            return False
        return source_of(name, [str(self.folder)]) is not None


class _Loader(SourceFileLoader):
    """Executes exactly the content that is recorded: no .pyc file is read or written."""

    def __init__(self, name: str, path: str, owner: OwnFolder) -> None:
        super().__init__(name, path)
        self.owner = owner

    def get_code(self, fullname: str) -> CodeType:
        content = Path(self.path).read_bytes()
        self.owner.sources[Path(self.path).relative_to(self.owner.folder).as_posix()] = content
        return compiled(content, self.path)

    def exec_module(self, module: ModuleType) -> None:
        self.owner.adopt(module)
        super().exec_module(module)


class _Finder:
    """Finds the modules of all plugins that were loaded from files."""

    def __init__(self) -> None:
        self.folders: dict[str, OwnFolder] = {}

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        root, _, inside = fullname.partition(".")
        owner = self.folders.get(root)
        file = source_of(fullname.rpartition(".")[2], path or ()) if owner and inside else None
        if owner is None or file is None:
            return None
        inner = [str(file.parent)] if file.name == "__init__.py" else None
        loader = _Loader(fullname, str(file), owner)
        return spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=inner)


_finder = _Finder()


def source_of(name: str, folders: Sequence[str]) -> Path | None:
    """Return the file of a module or package in these folders, or None."""
    for folder in folders:
        for file in (Path(folder, name, "__init__.py"), Path(folder, f"{name}.py")):
            if file.is_file():
                return file
    return None


def compiled(content: bytes, path: str) -> CodeType:
    """Return the code of a file. Its text is kept for tracebacks and formulas, also when the file changes."""
    code = compile(content, path, "exec", dont_inherit=True)
    lines = decode_source(content).splitlines(keepends=True)
    linecache.cache[path] = (len(content), None, lines, path)
    return code


def digest_of(sources: dict[str, bytes]) -> str:
    """Return the SHA-256 of files by name; of a single file, that of its content."""
    if len(sources) == 1:
        return hashlib.sha256(*sources.values()).hexdigest()
    whole = hashlib.sha256()
    for name, content in sorted(sources.items()):
        whole.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return whole.hexdigest()
