from __future__ import annotations

import os
from pathlib import Path

import pytest

from doltflow import shut_down

os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # It makes a folder where it works.
    monkeypatch.chdir(tmp_path)
    for name in ("BRANCH", "RUN", "STEP", "REMOTE", "AUTHOR"):
        monkeypatch.delenv(f"DOLTFLOW_{name}", raising=False)
    monkeypatch.setenv("DOLTFLOW_AUTHOR", "Ann <ann@example.org>")


@pytest.fixture(scope="session", autouse=True)
def _end() -> object:
    yield
    shut_down()
