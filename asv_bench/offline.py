"""Make the published page work without a network: its scripts are fetched once by npm, and lie beside the page."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

PACKAGES = (  # all under the MIT license
    "jquery@3.3.1", "flot@0.8.3", "flot-orderbars@1.0.0", "stupid-table-plugin@1.1.3", "blueimp-md5@2.19.0",
    "bootstrap@3.1.1",
)  # fmt: skip
FILES = {  # the end of an address in the page, without version and .min -> the file of a package
    "jquery.js": "jquery/dist/jquery.min.js",
    "jquery.flot.js": "flot/jquery.flot.js",
    "jquery.flot.time.js": "flot/jquery.flot.time.js",
    "jquery.flot.selection.js": "flot/jquery.flot.selection.js",
    "jquery.flot.categories.js": "flot/jquery.flot.categories.js",
    "jquery.flot.orderBars.js": "flot-orderbars/js/jquery.flot.orderBars.js",
    "stupidtable.js": "stupid-table-plugin/stupidtable.min.js",
    "md5.js": "blueimp-md5/js/md5.min.js",
    "bootstrap.js": "bootstrap/dist/js/bootstrap.min.js",
    "bootstrap.css": "bootstrap/dist/css/bootstrap.min.css",
}
ADDRESS = re.compile(r'(src|href)="(https?://[^"]+\.(?:js|css))"')
GUARDS = re.compile(r' (?:integrity|crossorigin|referrerpolicy)="[^"]*"')


class Unavailable(Exception):
    """The scripts are not here, and cannot be fetched."""


def fetch(folder: Path) -> None:
    """Fetch the packages with npm into folder/node_modules, unless they are there."""
    if all((folder / "node_modules" / file).exists() for file in FILES.values()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise Unavailable("npm is not installed.") from None
    if done.returncode:
        raise Unavailable(f"npm install failed:\n{done.stderr.strip()}")


def rewrite(page: str) -> tuple[str, list[str]]:
    """Return the page with the addresses of our copies, and the packages' files that it needs."""
    needed: list[str] = []

    def local(match: re.Match[str]) -> str:
        attribute, address = match.groups()
        name = re.sub(r"-\d[\d.]*\d", "", address.rsplit("/", 1)[1]).replace(".min.", ".")
        if name not in FILES:
            raise Unavailable(f"The page needs {address}, which asv_bench/offline.py does not know.")
        needed.append(FILES[name])
        return f'{attribute}="vendor/{Path(FILES[name]).name}"'

    return GUARDS.sub("", ADDRESS.sub(local, page)), needed


def make_offline(html: Path, packages: Path) -> None:
    """Rewrite html/index.html, and copy what it needs to html/vendor."""
    index = html / "index.html"
    page, needed = rewrite(index.read_text(encoding="utf-8"))
    fetch(packages)
    (html / "vendor").mkdir(exist_ok=True)
    for file in needed:
        shutil.copyfile(packages / "node_modules" / file, html / "vendor" / Path(file).name)
    index.write_text(page, encoding="utf-8")
