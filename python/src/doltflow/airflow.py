"""Airflow: an asset's event carries the commit, and none is sent for a table that is the same.

from doltflow.airflow import run_id, tell

@task(inlets=[clean], outlets=[clean], trigger_rule="none_failed")
def make_clean():
    db.step("clean", work, inputs=["raw"], outputs={"clean": {"key": "id"}}, code=[__file__], run=run_id())
    tell(db, clean)
"""

from __future__ import annotations

import os

from airflow.sdk import Asset, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from .database import Database

__all__ = ["run_id", "tell"]


def run_id() -> str:
    """The DAG run's id; under `doltflow run` that run's."""
    return os.environ.get("DOLTFLOW_RUN") or str(get_current_context()["run_id"])


def tell(db: Database, asset: Asset) -> None:
    """Sends the asset's event with its table's handle, unless the last event told of the same rows: then the task is skipped.

    The table is the last part of the asset's URI. The task has the asset among its inlets and its outlets.
    """
    context = get_current_context()
    handle = db.pin(asset.uri.rpartition("/")[2])
    if any(event.extra.get("hash") == handle["hash"] for event in context["inlet_events"][asset][-1:]):
        raise AirflowSkipException(f"{handle['table']} is the same")
    context["outlet_events"][asset].extra = handle
