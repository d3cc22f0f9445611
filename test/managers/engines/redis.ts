import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from '../../../dist/system/free-port.js'
import { pause } from '../../faults/kit.ts'

/** Debian's Redis, which keeps nothing. */
export async function startRedis(folder: string): Promise<{ at: string; stop(): Promise<void> }> {
  const port = await freePort()
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = spawn('redis-server', words, { stdio: 'ignore' })
  server.once('error', (error) => {
    throw new Error(`Redis is not installed (${error.message}): apt-get install redis-server`)
  })
  while (!(await answers(port))) await pause(50)
  return {
    at: String(port),
    async stop() {
      const ended = once(server, 'close')
      server.kill()
      await ended
    },
  }
}

/** Whether somebody listens on a port of this host. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
