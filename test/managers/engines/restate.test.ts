import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../../dist/system/free-port.js'
import { pause } from '../../faults/kit.ts'
import { durable } from './durable.ts'
import type { Project } from './project.ts'

durable({
  name: 'Restate',
  program: 'restate.mjs',
  start: startRestate,
  example: {
    folder: 'restate',
    env(at) {
      const { ingress, admin } = JSON.parse(at) as { ingress: string; admin: string }
      return { RESTATE_INGRESS: ingress, RESTATE_ADMIN: admin }
    },
  },
  cancelled: /cancel/i,
})

async function startRestate({ folder, packages }: Project): Promise<{ at: string; stop(): Promise<void> }> {
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()]
  const place = (port: number): string => `127.0.0.1:${port}`
  const env = {
    ...process.env,
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_DEFAULT_NUM_PARTITIONS: '1',
    RESTATE_LOG_FILTER: 'error',
    RESTATE_INGRESS__BIND_ADDRESS: place(ingress),
    RESTATE_ADMIN__BIND_ADDRESS: place(admin),
    RESTATE_BIND_ADDRESS: place(node),
    RESTATE_ADVERTISED_ADDRESS: `http://${place(node)}`,
  }
  const program = join(packages, '@restatedev/restate-server-linux-x64/bin/restate-server')
  const words = ['--base-dir', join(folder, 'restate'), '--listen-mode', 'tcp', '--bind-ip', '127.0.0.1']
  const server = spawn(program, words, { env, stdio: 'ignore' })
  while (!(await isHealthy(`http://${place(admin)}/health`))) await pause(100)
  const portFile = join(folder, 'restate-port')
  const balancer = await startBalancer(portFile)
  return {
    at: JSON.stringify({
      ingress: `http://${place(ingress)}`,
      admin: `http://${place(admin)}`,
      deployment: `http://${place(balancer.port)}`,
      portFile,
    }),
    async stop() {
      balancer.stop()
      const ended = once(server, 'close')
      server.kill('SIGKILL')
      await ended
    },
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

/** What stands before workers: it leads to the one that began last, and no longer to the one before. */
async function startBalancer(portFile: string): Promise<{ port: number; stop(): void }> {
  const sockets = new Map<Socket, string>()
  const current = (): string => {
    try {
      return readFileSync(portFile, 'utf8')
    } catch {
      return ''
    }
  }
  const server = createServer((client) => {
    const port = current()
    const worker = connect(Number(port), '127.0.0.1')
    for (const [one, other] of [
      [client, worker],
      [worker, client],
    ] as const) {
      sockets.set(one, port)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  const timer = setInterval(() => {
    for (const [socket, port] of sockets) if (port !== current()) socket.destroy()
  }, 200)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  return {
    port,
    stop() {
      clearInterval(timer)
      server.close()
      for (const socket of sockets.keys()) socket.destroy()
    },
  }
}
