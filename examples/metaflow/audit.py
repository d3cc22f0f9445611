"""What a run had, read again: python audit.py Seattle/1795760135245732 Seattle/1795760161063559"""

import sys

from doltflow.metaflow import Audit

before, after = sys.argv[1:]

audit = Audit(after)
for read in audit.reads:
    print(read.step, "read", read.table or read.sql, "at", read.commit, "with", read.rows, "rows")
for write in audit.writes:
    print(write.step, "wrote", write.table, "as", write.commit, "with", write.added, "new rows")
weather = audit.read("weather")
print(len(weather), "days, the first one", weather["weather"].iloc[0])
for row in audit.diff("weather", before):
    print(row.kind, row.key, row.before["weather"], "→", row.after["weather"])
