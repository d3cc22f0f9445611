"""A node that has a key is done only if a table that it reads, or its code, is another one."""

import nodes
from doltflow.hamilton import Tables
from hamilton import driver

tables = Tables("doltflow.db")
flow = driver.Builder().with_modules(nodes).with_adapters(tables).build()

if __name__ == "__main__":
    found = flow.execute(["kinds", "wettest"], inputs={"source": "seattle-weather.csv"})
    print(found["wettest"], found["kinds"]["rows"], "run", tables.run)
