// Another program's client: run-sql URL BRANCH SQL
import { createConnection } from 'mysql2/promise'
import { parseAddress } from '../../dist/engines/dolt/connection/address.js'
import { LocalServer } from '../../dist/engines/dolt/server/local-server.js'

const [url, branch, sql] = process.argv.slice(2)
const server = url.startsWith('dolt:') ? new LocalServer(url.slice('dolt:'.length)) : undefined
const { database, tls: _, isOurs: __, ...address } = server ? await server.address() : parseAddress(url)
const connection = await createConnection(address)
await connection.query(`USE \`${database}/${branch}\``)
await connection.query(sql)
connection.destroy()
server?.leave()
