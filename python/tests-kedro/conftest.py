from __future__ import annotations

import os
import shutil
from pathlib import Path

import kedro
import pytest

from doltflow import shut_down

ROOT = Path(__file__).resolve().parents[2]
os.environ["KEDRO_DISABLE_TELEMETRY"] = "1"
os.environ["DO_NOT_TRACK"] = "1"


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("KEDRO_LOGGING_CONFIG", str(ROOT / "python" / "tests-kedro" / "logging.yml"))
    for name in ("BRANCH", "RUN", "STEP", "REMOTE", "AUTHOR"):
        monkeypatch.delenv(f"DOLTFLOW_{name}", raising=False)
    monkeypatch.setenv("DOLTFLOW_AUTHOR", "Ann <ann@example.org>")


@pytest.fixture(scope="session", autouse=True)
def _end() -> object:
    yield
    shut_down()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example project, with its data, in a folder of its own."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "kedro", folder)
    # A project is of one version of Kedro.
    config = folder / "pyproject.toml"
    config.write_text(config.read_text().replace('"1.0.0"', f'"{kedro.__version__}"'))
    (folder / "data").mkdir()
    shutil.copy(ROOT / "node_modules" / "vega-datasets" / "data" / "seattle-weather.csv", folder / "data")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DOLTFLOW_DB", str(folder / "doltflow.db"))
    return folder
