from __future__ import annotations

import os
import tempfile

import pytest

# Metaflow reads these when it is imported. A user is needed who isn't root.
HOME = tempfile.TemporaryDirectory()
os.environ.update(
    USER="tester",
    METAFLOW_USER="tester",
    METAFLOW_HOME=HOME.name,
    METAFLOW_DEFAULT_METADATA="local",
    METAFLOW_DEFAULT_DATASTORE="local",
    METAFLOW_DATASTORE_SYSROOT_LOCAL=HOME.name,
    METAFLOW_CARD_LOCALROOT=HOME.name,
    XDG_STATE_HOME=f"{HOME.name}/state",
    DOLTFLOW_AUTHOR="Ann <ann@example.org>",
)
for name in ("BRANCH", "RUN", "INTO", "STEP", "REMOTE"):
    os.environ.pop(f"DOLTFLOW_{name}", None)


@pytest.fixture(scope="session", autouse=True)
def _end() -> object:
    from doltflow import shut_down

    yield
    shut_down()
    HOME.cleanup()
