import { randomUUID } from 'node:crypto'
import { wait } from '../../../system/wait.ts'
import { BucketError, type Bucket } from './bucket.ts'

/*
 * The one object that changes: what the refs are, and which packs hold the chunks. A reader sees one manifest, hence a whole
 * state. A writer swaps it under the condition that it is still the one that he read.
 */

const MANIFEST = 'manifest.json'
const FORMAT = 'doltflow-remote'
const VERSION = 1
/** How many writes a manifest names: a writer whose answer was lost finds his own among them. */
const WRITES_KEPT = 100
/** How often a write whose answer was lost is looked for and tried again, and the longest pause between, in ms. */
const TRIES = 10
const LONGEST_PAUSE = 2000

/** A pack: an object of chunks, and behind them their index. */
export interface PackEntry {
  name: string
  chunks: number
  /** Where the index begins. */
  index: number
  /** Of the whole object. */
  bytes: number
}

export interface Manifest {
  /** The write that made it. */
  write: string
  /** It, and those before it, newest first. */
  writes: string[]
  /** The engine's refs, as it gave them; undefined if nothing was pushed. */
  refs: Buffer | undefined
  /** The newest first. */
  packs: PackEntry[]
  /** When packs that no manifest names were last looked for, ISO 8601. */
  prunedAt: string
}

/** A manifest with the tag of the object that it was read from; the tag is undefined if there is none yet. */
export interface Seen {
  manifest: Manifest
  tag: string | undefined
}

/** @throws {BucketError} also if a newer doltflow wrote it, or if it is something else */
export async function readManifest(bucket: Bucket): Promise<Seen> {
  const found = await bucket.get(MANIFEST)
  if (!found)
    return {
      manifest: { write: '', writes: [], refs: undefined, packs: [], prunedAt: new Date(0).toISOString() },
      tag: undefined,
    }
  return { manifest: parse(found.bytes), tag: found.tag }
}

/**
 * Puts a manifest in the place of the one that was seen.
 * If an answer is lost, the manifest is read again: it has this write, or another one, or is as it was; then the same write is
 * tried again. So a lost answer is neither a lost push nor a race that never was.
 * @returns undefined if another writer was there first
 */
export async function swapManifest(
  bucket: Bucket,
  seen: Seen,
  next: Pick<Manifest, 'refs' | 'packs' | 'prunedAt'>,
): Promise<Seen | undefined> {
  const write = randomUUID()
  const manifest: Manifest = { ...next, write, writes: [write, ...seen.manifest.writes].slice(0, WRITES_KEPT) }
  const bytes = print(manifest)
  let pause = 50
  for (let tries = 0; tries < TRIES; tries++) {
    const written = await bucket.putIf(MANIFEST, bytes, seen.tag)
    if (typeof written === 'object') return { manifest, tag: written.tag }
    const now = await readManifest(bucket).catch(() => undefined)
    if (now?.manifest.writes.includes(write)) return now
    if (now && now.tag !== seen.tag) return undefined
    await wait(pause)
    pause = Math.min(pause * 2, LONGEST_PAUSE)
  }
  throw new BucketError('the write of the manifest got no answer, and is not there', true)
}

function print({ write, writes, refs, packs, prunedAt }: Manifest): Buffer {
  const text = { format: FORMAT, version: VERSION, write, writes, refs: refs?.toString('hex') ?? null, packs, prunedAt }
  return Buffer.from(`${JSON.stringify(text)}\n`)
}

function parse(bytes: Buffer): Manifest {
  let plain: Record<string, unknown>
  try {
    plain = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>
  } catch (cause) {
    throw new BucketError(`${MANIFEST} is no manifest of a remote`, false, cause)
  }
  if (plain['format'] !== FORMAT) throw new BucketError(`${MANIFEST} is no manifest of a remote`, false)
  if (plain['version'] !== VERSION)
    throw new BucketError(
      `the remote has version ${String(plain['version'])}, and this doltflow reads ${VERSION}`,
      false,
    )
  const refs = plain['refs'] as string | null
  return { ...(plain as unknown as Manifest), refs: refs === null ? undefined : Buffer.from(refs, 'hex') }
}
