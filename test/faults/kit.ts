import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect } from 'vitest'
import { uncommitted } from '../../dist/engines/doltlite/branches/refs.js'
import { Connection } from '../../dist/engines/doltlite/connection/connection.js'
import { open, type Action, type Database } from '../../dist/index.js'

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url))

const folders: string[] = []
const running = new Set<Child>()

afterEach(async () => {
  for (const child of running) child.kill()
  await Promise.all([...running].map((child) => child.ended))
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

/** A new folder, removed after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'doltflow-faults-'))
  folders.push(path)
  return path
}

interface Line {
  action?: Action
  error?: { name: string; code?: string; message: string; data?: Record<string, unknown> }
  n?: number
  id?: string
  toCommit?: string
  turns?: number
  dirty?: unknown
}

export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  /** What it printed: what it acknowledged. */
  lines: Line[]
  stderr: string
}

export interface Child {
  pid: number
  lines: Line[]
  kill(): void
  ended: Promise<Ending>
}

/** Starts child.mjs with a job. @param wrap a command that runs it, such as strace with its options */
export function start(
  job: Record<string, unknown>,
  options: { failpoint?: string; wrap?: readonly string[]; env?: Record<string, string> } = {},
): Child {
  const [command, ...rest] = [...(options.wrap ?? []), process.execPath, CHILD, JSON.stringify(job)]
  const env = {
    ...process.env,
    ...options.env,
    ...(options.failpoint === undefined ? {} : { DOLTFLOW_FAILPOINT: options.failpoint }),
  }
  const spawned = spawn(command!, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: Line[] = []
  let text = ''
  let stderr = ''
  spawned.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (text + chunk).split('\n')
    text = parts.pop()!
    for (const part of parts) lines.push(JSON.parse(part) as Line)
  })
  spawned.stderr.setEncoding('utf8').on('data', (chunk: string) => void (stderr += chunk))
  const child: Child = {
    pid: spawned.pid!,
    lines,
    kill: () => void spawned.kill('SIGKILL'),
    ended: new Promise((resolve, reject) => {
      spawned.on('error', reject)
      spawned.on('close', (code, signal) => {
        running.delete(child)
        resolve({ code, signal, lines, stderr })
      })
    }),
  }
  running.add(child)
  return child
}

/** Runs a command in a process namespace of its own, as a container does; a process can't kill itself there as the first. */
export const CONTAINER: string[] = inNamespaces('--pid', '"$@"; exit $?')
/** As a container of a host with another name. */
export const otherHost = (name: string): string[] => inNamespaces('--uts --pid', `hostname ${name} && "$@"; exit $?`)

function inNamespaces(kinds: string, script: string): string[] {
  return ['unshare', ...kinds.split(' '), '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script, 'sh']
}

/** Only root may make a namespace, as in CI. */
export const isRoot: boolean = process.getuid?.() === 0

/** The process below another that was stopped at a failpoint, by `DOLTFLOW_FAILSIGNAL=SIGSTOP`. */
export async function stoppedBelow(parent: number): Promise<number> {
  for (;;) {
    for (const pid of below(parent)) if (/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return pid
    await pause(50)
  }
}

function below(parent: number): number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim().split(' ').filter(Boolean)
  return children.flatMap((pid) => [Number(pid), ...below(Number(pid))])
}

/** Runs a job to its end. */
export function run(...args: Parameters<typeof start>): Promise<Ending> {
  return start(...args).ended
}

/** Opens a database for one piece of work. */
export async function using<T>(path: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await open(path)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** A table's rows as CSV lines behind the header; undefined where there is no such table. */
export async function rowsOf(db: Database, table: string, at?: string): Promise<string[] | undefined> {
  const rows: string[] = []
  try {
    for await (const batch of db.rows(table, { ...(at === undefined ? {} : { at }), as: 'batches' }))
      for (const row of batch.rows) rows.push(row.join(','))
  } catch (error) {
    if ((error as { code?: string }).code === 'TABLE_NOT_FOUND') return undefined
    throw error
  }
  return rows
}

/** Checks that nothing of a killed or failed process is left: no scratch branch, no dirty working set, no file. */
export async function expectClean(db: Database): Promise<void> {
  const names = (await db.branches({ all: true })).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('doltflow/'))).toEqual([])
  expect((await db.status()).dirty).toEqual([])
  if (names.includes('doltflow')) expect(uncommittedOn(db.location, 'doltflow')).toEqual([])
  expect(leftovers(db.location)).toEqual([])
}

function uncommittedOn(path: string, revision: string): string[] {
  const connection = new Connection(path, { readOnly: true, revision })
  try {
    return uncommitted(connection)
  } finally {
    connection.close()
  }
}

/** Files that no finished command leaves, beside a database and where it loads to. */
export function leftovers(path: string, target: string = join(path, '..')): string[] {
  return readdirSync(target).filter((name) =>
    /doltflow-[0-9a-f]{8}-|\.(stage|heads|clone)-|\.heads\.|-journal|-wal|-shm/.test(name),
  )
}

/** First-parent commits of main whose trailer names an action. */
export async function commitsOf(db: Database, id: string, branch = 'main'): Promise<string[]> {
  const commits = new Map((await db.log({ branch, limit: 100_000 })).map((commit) => [commit.hash, commit]))
  const found: string[] = []
  let next: string | undefined = await db.resolve('HEAD', { branch })
  while (next !== undefined) {
    const commit = commits.get(next)
    if (!commit) break
    if (commit.trailers['Doltflow-Action'] === id) found.push(commit.hash)
    next = commit.parents[0]
  }
  return found
}

/** A pseudo-random generator (mulberry32), so that a failing run can be had again by its seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
export const text = (path: string): string => readFileSync(path, 'utf8')
