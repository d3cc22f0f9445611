import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DoltflowError, UsageError } from '../../errors.ts'

/** What answers requests, and no other computer reaches. */
export interface LoopbackServer {
  port: number
  close(): Promise<void>
}

/**
 * Listens on this computer alone.
 * @param port 0 for any that is free
 * @throws {UsageError} OPTION_INVALID if another program has the port
 */
export async function listenOnLoopback(
  port: number,
  handle: (request: Request) => Promise<Response>,
): Promise<LoopbackServer> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, handle).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refused(error, port)))
    server.listen(port, '127.0.0.1', resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const { method = 'GET', headers, url = '/' } = incoming
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const request = new Request(new URL(url, `http://${headers.host}`), {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !name.startsWith(':') ? [[name, value] as [string, string]] : [],
    ),
    signal: gone.signal,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
  })
  const response = await handle(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (method === 'HEAD' || !response.body) outgoing.end()
  else await pipeline(Readable.fromWeb(response.body as never), outgoing)
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await done
}

function refused(error: NodeJS.ErrnoException, port: number): DoltflowError {
  if (error.code === 'EADDRINUSE' || error.code === 'EACCES')
    return new UsageError(
      'OPTION_INVALID',
      `The port ${port} can't be had (${error.code}). Leave --port out: a free one is taken.`,
      { data: { option: '--port', value: port, reason: error.code }, cause: error },
    )
  return new DoltflowError('IO_FAILED', `Listening failed: ${error.message}.`, {
    data: { reason: error.code },
    cause: error,
  })
}
