// Row by row through the binding: what a program does that knows only node:sqlite's API.
import { readFileSync } from 'node:fs'
import { loadAddon } from '../dist/engines/doltlite/connection/addon.js'

const [source, target] = process.argv.slice(2)
const { DatabaseSync } = loadAddon()
const lines = readFileSync(source, 'utf8').trimEnd().split('\n')
const columns = lines[0].split(',')
const database = new DatabaseSync(target)
database.exec(`CREATE TABLE t (${columns.join(', ')}, PRIMARY KEY (id)) WITHOUT ROWID; BEGIN`)
const insert = database.prepare(`INSERT INTO t VALUES (${columns.map(() => '?').join(', ')})`)
for (const line of lines.slice(1))
  insert.run(line.split(',').map((cell) => (String(Number(cell)) === cell ? Number(cell) : cell)))
database.exec('COMMIT')
database.prepare("SELECT dolt_commit('-A', '-m', 'rows')").get()
database.close()
