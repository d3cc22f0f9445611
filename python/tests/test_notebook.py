"""The example notebook, run by a real kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "notebook" / "prices.ipynb"


@pytest.fixture
def shown(tmp_path: Path) -> list[str]:
    """What each code cell shows, as HTML."""
    notebook: Any = nbformat.read(EXAMPLE, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    return [
        "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_example_notebook(shown: list[str]) -> None:
    action, diff, log, blame, then, top = shown
    assert "notebook:prices" in action
    assert "0 added, 1 modified, 0 removed" in diff and "3.75" in diff and "3.5" in diff
    assert "coffee costs more" in log
    assert blame.count("<tr>") == 4
    assert "3.50" in then or "3.5" in then
    assert re.search(r"coffee.*3\.75", top, re.S)
    # A cell's text is no markup.
    assert "<milk>" not in "".join(shown)
