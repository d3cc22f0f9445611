from __future__ import annotations

from pathlib import Path

import pytest

from doltflow import Database, shut_down


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a folder, and a state, of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("DB", "BRANCH", "RUN", "STEP", "REMOTE", "AUTHOR"):
        monkeypatch.delenv(f"DOLTFLOW_{name}", raising=False)


@pytest.fixture(scope="session", autouse=True)
def _end() -> object:
    yield
    shut_down()


@pytest.fixture
def db(tmp_path: Path) -> object:
    with Database(tmp_path / "pipeline.db", author="Ann <ann@example.org>") as database:
        yield database
