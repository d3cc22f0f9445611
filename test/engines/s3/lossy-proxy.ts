import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LossyProxy {
  port: number
  /** Answers to writes that were lost after the write was done. */
  readonly lost: number
  /** Writes that were sent twice. */
  readonly repeated: number
  end(): void
}

export interface Losses {
  /** A number from 0 up to 1 for each decision. */
  random(): number
  /** Share of the writes whose answer is lost after the write. */
  lose: number
  /** Share of the writes that reach the server twice, the second time later. */
  repeat: number
  /** The longest delay of a request, in ms: so requests overtake each other. */
  delay: number
  /** Called before an answer is passed on. */
  onAnswer?(): void
}

/** Carries requests to a server, and loses, delays, repeats and reorders them as a bad network does. */
export async function lossyProxy(
  target: number,
  { random, lose, repeat, delay, onAnswer }: Losses,
): Promise<LossyProxy> {
  let lost = 0
  let repeated = 0
  const server = createServer((from, to) => {
    void bodyOf(from).then(async (body) => {
      await pause(random() * delay)
      const isWrite = from.method === 'PUT'
      if (isWrite && random() < repeat) {
        repeated++
        setTimeout(() => void forward(target, from, body).catch(() => {}), random() * delay * 4)
      }
      const { status, headers, bytes } = await forward(target, from, body)
      onAnswer?.()
      if (isWrite && random() < lose) {
        lost++
        return from.socket.destroy()
      }
      to.writeHead(status, headers).end(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    get lost() {
      return lost
    },
    get repeated() {
      return repeated
    },
    end() {
      server.close()
      server.closeAllConnections()
    },
  }
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  bytes: Buffer
}

function forward(port: number, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
      void bodyOf(answer).then((bytes) => resolve({ status: answer.statusCode!, headers: answer.headers, bytes }))
    })
    onward.on('error', reject)
    onward.end(body)
  })
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
