import { rename, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { removeTemporary, temporaryBeside } from '../../system/temporary.ts'
import type { Cloned } from '../engine.ts'
import { databaseExists, nothingThere } from '../refusals.ts'
import { openDoltlite } from './index.ts'
import { doltliteRemoteUrl } from './remotes.ts'

/** Copies a remote's whole database into a new file, which appears when it is whole. @throws {RefusedError} DATABASE_EXISTS */
export async function cloneDoltlite(remote: string, target: string): Promise<Cloned> {
  const url = doltliteRemoteUrl(remote)
  const path = resolve(target)
  if (await stat(path).catch(() => undefined)) throw databaseExists(path)
  await requireRemote(url)
  const temporary = temporaryBeside(path)
  const engine = await openDoltlite(temporary, { create: true, bare: true })
  try {
    await engine.fill(url)
    const session = await engine.session()
    const branches = await session.branches()
    await session.release()
    await engine.close()
    await rename(temporary, path)
    const copy = await openDoltlite(path, {})
    const reader = await copy.session()
    for (const { name, hash } of branches) await reader.acknowledge!(name, hash)
    await copy.close()
    return { location: path, branches: branches.map(({ name }) => name) }
  } finally {
    await engine.close()
    removeTemporary(temporary)
  }
}

/** The engine makes a lock beside a remote's file that is not there, and says no more than that the clone failed. */
async function requireRemote(url: string): Promise<void> {
  if (!url.startsWith('file://') || (await stat(url.slice('file://'.length)).catch(() => undefined))) return
  throw nothingThere(url)
}
