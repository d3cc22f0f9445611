import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { UiHandler } from '../../dist/cli/ui/handler.js'
import { pageFiles } from '../../dist/cli/ui/page-files.js'
import { open, type Database } from '../../dist/index.js'
import { Folder } from './cli.ts'

export const TOKEN: string = 'a1b2c3'
const HOST = '127.0.0.1:4321'
export const folder: Folder = new Folder()
const PATH = `${folder.path}:${process.env['PATH']}`
/** What opened the handlers' databases; closed at the end. */
const opened: Database[] = []
/** One that only reads, and one that may write. */
export let reading: UiHandler
export let writing: UiHandler

/** Makes the database before the tests of a file, and removes it after them. */
export function useUi(): void {
  beforeAll(prepare, 120_000)
  afterAll(async () => {
    for (const db of opened) await db.close()
    folder.remove()
  })
}

async function prepare(): Promise<void> {
  folder.putOnPath()
  folder.write('raw.csv', 'id,price,note\n1,0.50,</script><script>x()</script>\n2,12.00,\u202Etxt.exe\n3,7.25,\n')
  await folder.ok('init')
  await folder.ok('save raw raw.csv --key id')
  await folder.ok('tag v1')
  const step = 'doltflow step clean --in raw --out clean --key id -- cp {raw} {clean}'
  for (const id of ['r1', 'r2']) await folder.run(['run', '--id', id, '--', 'sh', '-c', step], { env: { PATH } })
  folder.write('theirs.csv', 'id,price,note\n1,0.60,theirs\n9007199254740993,4.00,big\n')
  await folder.ok('save raw theirs.csv --mode upsert --new-branch exp')
  folder.write('ours.csv', 'id,price,note\n1,0.70,ours\n')
  await folder.ok('save raw ours.csv --mode upsert')
  folder.write('many.csv', `id,t\n${Array.from({ length: 3000 }, (_, at) => `${at},t${at}`).join('\n')}\n`)
  await folder.ok('save many many.csv --key id')
  folder.write('pairs.csv', 'a,b,v\nx,1,p\nx,10,q\nx,9,r\ny,2,s\n')
  await folder.ok('save pairs pairs.csv --key a,b')
  folder.write('bare.csv', 'v\nb\na\nb\n')
  await folder.ok('save bare bare.csv --no-key')
  folder.write('long.csv', `id,t\n1,${'é'.repeat(1_000_000)}\n`)
  await folder.ok('save long long.csv --key id')
  await folder.run(['check', 'add', 'raw', 'few', 'rows', '0', '2', '--warn'])
  reading = await handler({ writes: false })
  writing = await handler({ writes: true })
}

export async function handler({
  writes,
  hosts = [HOST, 'localhost:4321'],
}: {
  writes: boolean
  hosts?: readonly string[]
}): Promise<UiHandler> {
  return new UiHandler({
    token: TOKEN,
    hosts,
    version: '1.2.3',
    writes,
    files: await pageFiles(),
    open: async () => {
      const db = await open(join(folder.path, 'doltflow.db'), { author: 'Ann <ann@example.org>' })
      opened.push(db)
      return db
    },
  })
}

export interface Asking {
  token?: string | null
  host?: string
  method?: string
  headers?: Record<string, string>
  body?: string
  of?: UiHandler
}

interface Answer {
  status: number
  headers: Headers
  text: string
  json: any
}

export async function ask(
  path: string,
  { token = TOKEN, host = HOST, of = reading, headers, ...init }: Asking = {},
): Promise<Answer> {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const response = await of.handle(
    new Request(`http://${host}${path}`, { ...init, headers: { ...authorization, ...headers } }),
  )
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as any
    },
  }
}

export const ownPage: Record<string, string> = {
  origin: `http://${HOST}`,
  'content-type': 'application/json',
  'sec-fetch-site': 'same-origin',
}
export const post = (verb: string, what: object, more: Asking = {}): Promise<Answer> =>
  ask(`/api/${verb}`, { method: 'POST', body: JSON.stringify(what), headers: ownPage, of: writing, ...more })
export const key = (...cells: unknown[]): string => `key=${encodeURIComponent(JSON.stringify(cells))}`
