import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../../system/free-port.ts'
import { currentOwner, isGone, ownerText, parseOwner, processOwner, type Owner } from '../../../system/owner.ts'
import { wait } from '../../../system/wait.ts'
import { Connection } from '../connection/connection.ts'

/*
 * The process beside a local server: it starts `dolt sql-server`, tells each user who connects where it listens,
 * and ends it when no user has been connected for a while. Begun as: supervisor FOLDER RUN_FOLDER DOLT. A supervisor that
 * was killed is followed by another, which takes over the server that still runs.
 */

/** What a user is told. */
export type SupervisorAnswer = { socketPath: string; password: string } | { error: string }

/** What is noted of a server, for the next supervisor. */
interface Note {
  pid: number
  owner: string
  password: string
}

const [folder, runFolder, program] = process.argv.slice(2) as [string, string, string]
/** Go's own settings: collecting garbage less often, up to a bound, makes a save a third faster. */
const MEMORY = { GOGC: '400', GOMEMLIMIT: '2GiB' }
const LINGER = 1000 * Number(process.env['DOLTFLOW_SERVER_LINGER'] ?? 15)
const START_MS = 45_000
const END_MS = 20_000
const PAUSE = 25
const at = (name: string): string => join(runFolder, name)
const socketPath = at('dolt.sock')

const users = new Set<Socket>()
let answer: SupervisorAnswer | undefined
/** The server; its file may be swept away with the system's temporary folder. */
let serving: Note | undefined
let timer: NodeJS.Timeout | undefined

/** The database that the server serves, by its inode. */
let served: number | undefined
let isLeaving = false

const server = createServer((user) => {
  if (isLeaving || isReplaced()) {
    user.destroy()
    return void leave()
  }
  users.add(user)
  clearTimeout(timer)
  user.on('error', () => {})
  user.on('close', () => {
    users.delete(user)
    if (users.size === 0) linger()
  })
  if (answer) user.write(`${JSON.stringify(answer)}\n`)
})

void main()

async function main(): Promise<void> {
  if (!(await listenAlone(server))) return
  try {
    serving = adoptServer() ?? (await startServer())
    answer = { socketPath, password: serving.password }
    served = inode()
    watch(serving)
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) }
  }
  for (const user of users) user.write(`${JSON.stringify(answer)}\n`)
  if ('error' in answer) setTimeout(() => process.exit(1), 1000)
  else if (users.size === 0) linger()
}

function linger(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void end(), LINGER)
}

/** Listens for users; false if another supervisor does. */
async function listenAlone(supervisor: Server): Promise<boolean> {
  const lock = at('supervisor.lock')
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(lock, ownerText(currentOwner()), { flag: 'wx' })
      break
    } catch {
      const owner = parseOwner(readQuietly(lock))
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
      if (owner ? isGone(owner, since) : Date.now() - since > 1000) rmSync(lock, { force: true })
      else if (tries > 100) return false
      await wait(PAUSE)
    }
  }
  try {
    if (await answers(at('lease.sock'))) return false
    rmSync(at('lease.sock'), { force: true })
    await new Promise<void>((resolve, reject) => {
      supervisor.once('error', reject)
      supervisor.listen(at('lease.sock'), resolve)
    })
    return true
  } finally {
    rmSync(lock, { force: true })
  }
}

/** The server that a killed supervisor has left. */
function adoptServer(): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(at('server.json'), 'utf8')) as Note
    const owner = parseOwner(note.owner)
    return owner && !isGone(owner, Date.now()) ? note : undefined
  } catch {
    return undefined
  }
}

async function startServer(): Promise<Note> {
  if (!existsSync(join(folder, '.dolt'))) initialize()
  const deadline = Date.now() + START_MS
  for (;;) {
    const note = await tryStart()
    if (note) return note
    // The server before this one may still hold the database's lock.
    const log = readQuietly(at('dolt.log'))
    if (Date.now() > deadline || !/lock/i.test(log))
      throw new Error(`dolt sql-server ended: ${log.trim().slice(-500) || 'it said nothing'}`)
    await wait(200)
  }
}

async function tryStart(): Promise<Note | undefined> {
  for (const name of ['privileges.db', 'branch_control.db', 'dolt.sock']) rmSync(at(name), { force: true })
  const password = randomBytes(18).toString('base64url')
  writeFileSync(at('config.json'), JSON.stringify(config(await freePort())), { mode: 0o600 })
  const log = openSync(at('dolt.log'), 'w', 0o600)
  const child = spawn(program, ['sql-server', '--config', at('config.json')], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...MEMORY, ...process.env, DOLT_ROOT_PASSWORD: password, DOLT_DISABLE_EVENT_FLUSH: 'true' },
  })
  closeSync(log)
  let gone = false
  child.on('exit', () => (gone = true))
  child.on('error', () => (gone = true))
  const deadline = Date.now() + START_MS
  while (!(await isReady(password))) {
    if (gone) return undefined
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      return undefined
    }
    await wait(PAUSE)
  }
  const note = { pid: child.pid!, owner: ownerText(processOwner(child.pid!)), password }
  writeFileSync(at('server.json.new'), JSON.stringify(note), { mode: 0o600 })
  renameSync(at('server.json.new'), at('server.json'))
  return note
}

/** JSON is YAML. Only this user reaches the socket; the port, which Dolt can't do without, is on loopback with a password. */
function config(port: number): object {
  return {
    log_level: 'warning',
    behavior: { event_scheduler: 'OFF' },
    listener: { host: '127.0.0.1', port, socket: socketPath, max_connections: 1000 },
    data_dir: folder,
    cfg_dir: runFolder,
    privilege_file: at('privileges.db'),
    branch_control_file: at('branch_control.db'),
    // A folder that is not there: no statement reads or writes the server's files.
    system_variables: { local_infile: 1, secure_file_priv: at('no-files') },
  }
}

/** Makes the database beside its place and moves it there: a killed `dolt init` leaves nothing half-made. */
function initialize(): void {
  const temporary = mkdtempSync(join(folder, '.doltflow-init-'))
  try {
    const args = ['init', '--name', 'doltflow', '--email', 'doltflow@localhost', '--initial-branch', 'main']
    const { status, stderr, error } = spawnSync(program, args, {
      cwd: temporary,
      encoding: 'utf8',
      env: { ...process.env, DOLT_DISABLE_EVENT_FLUSH: 'true' },
    })
    if (status !== 0) throw new Error(`dolt init failed: ${(stderr || String(error ?? '')).trim()}`)
    renameSync(join(temporary, '.dolt'), join(folder, '.dolt'))
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** If the server ends by itself, so does the supervisor: its users find another. */
function watch(note: Note): void {
  const owner = parseOwner(note.owner)!
  setInterval(() => {
    if (isGone(owner, Date.now())) process.exit(0)
  }, 500)
}

async function end(): Promise<void> {
  // Who comes now begins a supervisor of its own.
  server.close()
  rmSync(at('server.json'), { force: true })
  if (serving) await stopServer(parseOwner(serving.owner)!, serving.pid)
  process.exit(0)
}

/** Whether the database was removed, or another put in its place: the server still has the one before. */
function isReplaced(): boolean {
  return served !== undefined && served !== inode()
}

function inode(): number | undefined {
  return statSync(join(folder, '.dolt'), { throwIfNoEntry: false })?.ino
}

/** Ends the server before the supervisor, so that the next one does not meet it. */
async function leave(): Promise<void> {
  if (isLeaving) return
  isLeaving = true
  if (serving) await stopServer(parseOwner(serving.owner)!, serving.pid)
  rmSync(at('server.json'), { force: true })
  process.exit(0)
}

async function stopServer(owner: Owner, pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM')
  const deadline = Date.now() + END_MS
  while (!isGone(owner, Date.now())) {
    if (Date.now() > deadline) return void process.kill(pid, 'SIGKILL')
    await wait(PAUSE)
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}

/** The socket is there before the server knows its users. */
async function isReady(password: string): Promise<boolean> {
  if (!(await answers(socketPath))) return false
  try {
    const connection = await Connection.open({ socketPath, user: 'root', password, database: '' })
    connection.destroy()
    return true
  } catch {
    return false
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
