import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BucketError } from './bucket.ts'
import type { ChunkStore } from './chunk-store.ts'
import { HASH, keyOf } from './pack.ts'

/*
 * The engine speaks HTTP to its remotes: refs, and chunks by their hashes. This serves that on the loopback address, out of a
 * bucket, to whoever knows the path. The protocol is that of the engine's own server (doltlite_remotesrv.c), and what the
 * released engine asks beyond it: `get-chunks`, and `refs-if`, which sets refs only if they are still those that were read.
 */

/** A chunk that is not there. */
const MISSING = 0xffff_ffff

/** A served store. */
export interface Gateway {
  url: string
  /** What kept the last request from being done. */
  readonly failure: BucketError | undefined
  close(): void
}

export async function openGateway(store: ChunkStore): Promise<Gateway> {
  const path = `/${randomBytes(16).toString('hex')}`
  let failure: BucketError | undefined
  const server = createServer((request, response) => {
    answer(request, response, store, path).catch((error: unknown) => {
      failure = error instanceof BucketError ? error : new BucketError((error as Error).message, false, error)
      send(response, 500)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${path}`,
    get failure() {
      return failure
    },
    close: () => end(server),
  }
}

function end(server: Server): void {
  server.close()
  server.closeAllConnections()
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  store: ChunkStore,
  path: string,
): Promise<void> {
  const { method, url = '' } = request
  const asked = url.startsWith(`${path}/`) ? url.slice(path.length + 1) : undefined
  if (asked === undefined) return send(response, 404)
  const body = await bodyOf(request)
  switch (`${method} ${asked.split('/')[0]}`) {
    case 'GET refs':
      // The engine takes an answer without a body for a remote that is still empty.
      return send(response, 200, (await store.refs()) ?? Buffer.alloc(0))
    case 'GET root':
      return send(response, 200, Buffer.alloc(HASH))
    case 'GET chunk': {
      const [chunk] = await store.get([keyOf(Buffer.from(asked.slice('chunk/'.length), 'hex'))])
      return chunk ? send(response, 200, chunk) : send(response, 404)
    }
    case 'POST get-chunks':
      return send(response, 200, chunksText(await store.get(keysOf(body))))
    case 'POST has-chunks':
      return send(response, 200, Buffer.from((await store.has(keysOf(body))).map(Number)))
    case 'POST chunks':
      await addAll(store, body)
      return send(response, 200)
    case 'PUT refs-if': {
      // How long the ref's name is, the name, whether it is a tag's, the hash of the refs that were read, the new refs.
      const refs = body.subarray(2 + body.readUInt16LE(0) + 1 + HASH)
      return send(response, (await store.commit(refs)) ? 200 : 409)
    }
    case 'POST commit':
      return send(response, 200)
    default:
      return send(response, 404)
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function keysOf(body: Buffer): string[] {
  const keys: string[] = []
  for (let at = 0; at + HASH <= body.length; at += HASH) keys.push(keyOf(body, at))
  return keys
}

/** Each chunk behind its length, four bytes with the highest first. */
function chunksText(chunks: (Buffer | undefined)[]): Buffer {
  const parts: Buffer[] = []
  for (const chunk of chunks) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(chunk ? chunk.length : MISSING)
    parts.push(length)
    if (chunk) parts.push(chunk)
  }
  return Buffer.concat(parts)
}

/** Each chunk behind its hash and its length, four bytes with the lowest first. */
async function addAll(store: ChunkStore, body: Buffer): Promise<void> {
  for (let at = 0; at + HASH + 4 <= body.length;) {
    const length = body.readUInt32LE(at + HASH)
    const start = at + HASH + 4
    await store.add(keyOf(body, at), body.subarray(start, start + length))
    at = start + length
  }
}

function send(response: ServerResponse, status: number, body: Buffer = Buffer.alloc(0)): void {
  response.writeHead(status, { 'content-length': body.length }).end(body)
}
