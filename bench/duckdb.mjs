// Runs SQL in DuckDB, which keeps no versions: node bench/duckdb.mjs DATABASE SQL… Prints the last result's first cell.
import { DuckDBInstance } from '@duckdb/node-api'

const [, , database, ...statements] = process.argv
const instance = await DuckDBInstance.create(database)
const connection = await instance.connect()
let cell
for (const sql of statements) cell = (await connection.runAndReadAll(sql)).getRows()[0]?.[0]
console.log(String(cell))
connection.closeSync()
instance.closeSync()
