import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a receiver was sent. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: any
}

/** A real HTTP server that notes what it takes, and answers as it is told. */
export class Receiver {
  readonly taken: Received[] = []
  /** The status of an answer; 0 gives none and drops the connection after it has taken the request; 'silent' never answers. */
  answer: (request: Received) => number | 'silent' = () => 200
  #server: Server | undefined
  port = 0

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
        const received = { path: request.url!, headers: request.headers, body }
        const status = this.answer(received)
        if (status === 'silent') return
        if (status < 300) this.taken.push(received)
        if (status === 0) request.socket.destroy()
        else response.writeHead(status).end(status < 300 ? '' : 'no: a reason')
      })
    })
    await new Promise<void>((done) => this.#server!.listen(this.port, '127.0.0.1', done))
    this.port = (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((done) => (this.#server ? this.#server.close(done) : done(undefined)))
    this.#server = undefined
  }
}
