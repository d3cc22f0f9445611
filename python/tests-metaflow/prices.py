"""A flow with what goes wrong in flows: tasks at once, tries that die, a step that raises, forks of the process and of the graph."""

import os
import signal

from doltflow import DoltflowError
from doltflow.metaflow import tables
from metaflow import FlowSpec, card, current, parallel_map, retry, step, user_step_decorator


@user_step_decorator
def dies_after(step_name, flow, inputs, attributes):
    yield
    if flow.input == 2 and current.retry_count == 0:
        raise RuntimeError("the task dies after its tables were saved")


class Prices(FlowSpec):
    @card(type="blank")
    @tables(db=os.environ["PRICES_DB"], frame="rows")
    @step
    def start(self):
        rows = [{"id": 1, "price": 2, "zip": "007"}, {"id": 2, "price": None, "zip": "01"}]
        self.tables.write("prices", rows, key="id")
        rows[0]["price"] = 9
        self.tables.write("counts", [{"part": 0, "n": 0}], key="part")
        self.refused = [code_of(call) for call in REFUSED(self.tables)]
        self.parts = [1, 2, 3]
        self.next(self.part, foreach="parts")

    @retry(times=1, minutes_between_retries=0)
    @dies_after
    @tables(db=os.environ["PRICES_DB"], frame="rows")
    @step
    def part(self):
        # Each replaces the table that it has read.
        counts = self.tables.read("counts")
        n = self.tables.sql("SELECT count(*) AS n FROM prices WHERE id <> ?", [self.input])[0]["n"]
        if self.input == 1:
            # Somebody else changes the row that this one changes: a conflict, in the first try.
            if current.retry_count == 0:
                self.tables.database.save("counts", [{"part": 0, "n": 5}], mode="upsert")
            counts = [{**row, "n": row["n"] + 1} if row["part"] == 0 else row for row in counts]
        self.tables.write("counts", [*counts, {"part": self.input, "n": n}])
        self.mine = self.input
        if self.input == 3 and current.retry_count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.next(self.gathered)

    @tables
    @step
    def gathered(self, inputs):
        self.merge_artifacts(inputs, exclude=["mine"])
        # Children of the process read, and what they read is the step's.
        self.children = parallel_map(lambda at: len(self.tables.read("prices", at, frame="rows")), ["main", "first"])
        self.in_child = parallel_map(lambda _: code_of(lambda: self.tables.write("prices", [{"id": 1}])), [0])
        self.next(self.fork)

    @tables(branch="side", frame="rows")
    @step
    def fork(self):
        self.tables.write("sides", self.tables.sql("SELECT id FROM prices"), key="id")
        self.next(self.left, self.right)

    @tables(at="first", frame="rows")
    @step
    def left(self):
        self.seen = self.tables.read("prices")
        self.next(self.both)

    @tables(frame="rows")
    @step
    def right(self):
        self.seen = self.tables.read("prices")
        self.changes = [(row.kind, row.key["part"]) for row in self.tables.diff("counts", "first")]
        self.last = [(row.kind, row.key["id"]) for row in self.tables.diff("prices", to="first")]
        self.tables.write("report", [{"id": 1, "n": len(self.seen)}], key="id")
        self.tables.write("prices", [{"id": 7, "price": 7, "zip": "7"}])
        if os.environ.get("PRICES_FAIL"):
            raise ValueError("the step raises after it wrote")
        self.next(self.both)

    @step
    def both(self, inputs):
        self.merge_artifacts(inputs, include=["parts"])
        self.next(self.end)

    @step
    def end(self):
        pass


def REFUSED(tables):
    return [
        lambda: tables.read("prices"),
        lambda: tables.write("prices", [{"id": 3}]),
        lambda: tables.write("other", [{"id": 3}], keys="id"),
        lambda: tables.write("other", 7),
        lambda: tables.read("nothing", "main"),
    ]


def code_of(call):
    try:
        call()
    except DoltflowError as error:
        return error.code
    return "done"


if __name__ == "__main__":
    Prices()
