import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Proxy {
  port: number
  /** How many bytes each connection has carried. */
  carried: number[]
  /** Cuts each connection once it has carried so many bytes; the next one carries twice as many, and so on. */
  cutAfter(bytes: number): void
  /** Calls back when the clients have sent so many packets from now on: one for each statement. */
  atPacket(count: number, reached: () => void): void
  close(): void
}

/** Carries bytes to a port of this machine, and cuts them off as a network does. */
export function cuttingProxy(target: number): Promise<Proxy> {
  let limit = Infinity
  let packets = Infinity
  let reached = (): void => {}
  const sockets = new Set<Socket>()
  const carried: number[] = []
  const server: Server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    let left = limit
    limit *= 2
    const index = carried.push(0) - 1
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.on('data', (chunk: Buffer) => {
        carried[index]! += chunk.length
        if (from === client && --packets === 0) reached()
        left = Math.min(left, limit) - chunk.length
        if (left >= 0) return void to.write(chunk)
        to.write(chunk.subarray(0, chunk.length + left), () => {
          client.destroy()
          upstream.destroy()
        })
      })
    }
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      resolve({
        port,
        carried,
        cutAfter: (bytes) => (limit = bytes),
        atPacket(count, callback) {
          packets = count
          reached = callback
        },
        close: () => {
          server.close()
          for (const socket of sockets) socket.destroy()
        },
      })
    })
  })
}
