import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError } from '../../errors.ts'
import type { Fingerprint } from '../../model/step.ts'

/** Folders that no code is in, though they lie beside it. */
const LEFT_OUT = new Set(['.git', 'node_modules', '__pycache__', '.venv'])

/** The fingerprint of a file's bytes. @throws {NotFoundError} FILE_NOT_FOUND */
export async function fileFingerprint(name: string, path: string): Promise<Fingerprint> {
  return { name, hash: await hashOfFile(name, path) }
}

/**
 * The fingerprint of code: of a file's bytes, of all files in a folder, or a hash that the caller has, such as that of a Git tree; it may
 * have a name, as in `clean=4ac8…`.
 * @throws {NotFoundError} FILE_NOT_FOUND
 */
export async function codeFingerprint(name: string, path: string): Promise<Fingerprint> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return { name, hash: await hashOfFolder(path) }
  const given = found ? null : /^(?:(.+)=)?([0-9a-f]{7,64})$/i.exec(name)
  if (given) return { name: given[1] ?? name, hash: given[2]!.toLowerCase(), isGiven: true }
  return fileFingerprint(name, path)
}

async function hashOfFolder(folder: string): Promise<string> {
  const digest = createHash('sha256')
  for (const name of (await filesIn(folder, '')).toSorted())
    digest.update(JSON.stringify([name, await hashOfFile(name, join(folder, name))]))
  return digest.digest('hex')
}

async function filesIn(folder: string, under: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(join(folder, under), { withFileTypes: true })) {
    const name = under === '' ? entry.name : `${under}/${entry.name}`
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) names.push(...(await filesIn(folder, name)))
    } else if (entry.isFile()) names.push(name)
  }
  return names
}

async function hashOfFile(name: string, path: string): Promise<string> {
  const digest = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer)
  } catch (cause) {
    throw new NotFoundError('FILE_NOT_FOUND', `${name} can't be read: ${(cause as Error).message}`, {
      data: { path: name },
      cause,
    })
  }
  return digest.digest('hex')
}
