"""Tables of doltflow in the steps of Metaflow.

from metaflow import FlowSpec, step
from doltflow.metaflow import Audit, tables

class Train(FlowSpec):
    @tables(db="pipeline.db")
    @step
    def start(self):
        features = self.tables.read("features")
        self.tables.write("scores", score(features), key="id")
        self.next(self.end)

Audit("Train/1795646455017889").read("features")
"""

from .audit import Audit
from .decorator import tables
from .step import StepTables

__all__ = ["Audit", "StepTables", "tables"]
