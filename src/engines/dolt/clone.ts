import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { RefusedError } from '../../errors.ts'
import { temporaryBeside } from '../../system/temporary.ts'
import type { Cloned, Engine } from '../engine.ts'
import { databaseExists } from '../refusals.ts'
import { parseAddress, shownAddress } from './connection/address.ts'
import { Connection } from './connection/connection.ts'
import { literal } from './connection/sql.ts'
import { openDolt } from './index.ts'
import { remoteFault } from './remotes/remotes.ts'
import { doltRemoteUrl, remoteUser } from './remotes/url.ts'
import { findDolt } from './server/local-server.ts'

const REMOTE = 'origin'

/** Copies a remote's whole database into a new one. @throws {RefusedError} DATABASE_EXISTS */
export async function cloneDolt(given: string, url: string): Promise<Cloned> {
  const remote = doltRemoteUrl(given)
  await (/^dolt:/i.test(url) ? cloneFolder(remote, resolve(url.slice('dolt:'.length))) : cloneOnServer(remote, url))
  const engine = await openDolt(url, {})
  try {
    return { location: engine.location, branches: await makeBranches(engine) }
  } finally {
    await engine.close()
  }
}

/** Into a folder beside its place: what a killed clone leaves is no database. */
async function cloneFolder(remote: string, folder: string): Promise<void> {
  if (existsSync(join(folder, '.dolt'))) throw databaseExists(`dolt:${folder}`)
  const temporary = temporaryBeside(folder)
  try {
    const env = { ...process.env, DOLT_DISABLE_EVENT_FLUSH: 'true' }
    await promisify(execFile)(findDolt(), ['clone', '--remote', REMOTE, ...remoteUser(), remote, temporary], { env })
    mkdirSync(folder, { recursive: true })
    renameSync(join(temporary, '.dolt'), join(folder, '.dolt'))
  } catch (cause) {
    const { stderr } = cause as { stderr?: string }
    throw stderr === undefined ? cause : remoteFault(remote, new Error(stderr.trim()))
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

async function cloneOnServer(remote: string, url: string): Promise<void> {
  const address = parseAddress(url)
  const connection = await Connection.open({ ...address, database: '' })
  try {
    const known = (await connection.rows('SHOW DATABASES')).map(([name]) => name)
    if (known.includes(address.database)) throw databaseExists(shownAddress(address))
    const options = ['--remote', REMOTE, ...remoteUser(), remote, address.database]
    await connection.rows(`CALL dolt_clone(${options.map(literal).join(', ')})`)
  } catch (cause) {
    throw cause instanceof RefusedError ? cause : remoteFault(remote, cause)
  } finally {
    connection.destroy()
  }
}

/** A clone has the remote's default branch; the others are made here. */
async function makeBranches(engine: Engine): Promise<string[]> {
  const session = await engine.session({ write: true })
  try {
    const here = new Set((await session.branches()).map(({ name }) => name))
    for (const { name, hash } of await session.tracked(REMOTE))
      if (!here.has(name)) await session.createBranch(name, hash)
    return (await session.branches()).map(({ name }) => name)
  } finally {
    await session.release()
  }
}
