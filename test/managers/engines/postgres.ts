import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../dist/system/free-port.js'
import { pause } from '../../faults/kit.ts'

/** Debian's Postgres, with a data folder of its own. */
export async function startPostgres(folder: string): Promise<{ at: string; stop(): Promise<void> }> {
  const programs = binaries()
  const data = join(folder, 'postgres')
  const port = await freePort()
  mkdirSync(data)
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []
  if (as.length > 0) chownSync(data, idOf('-u'), idOf('-g'))
  const run = (program: string, ...words: string[]): [string, string[]] => {
    const [command, ...rest] = [...as, join(programs, program), ...words]
    return [command!, rest]
  }
  execFileSync(...run('initdb', '-D', data, '-U', 'doltflow', '-A', 'trust', '--no-sync'), { stdio: 'ignore' })
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${data}`, '-c', 'fsync=off']
  const server: ChildProcess = spawn(...run('postgres', '-D', data, '-p', String(port), ...settings), {
    stdio: 'ignore',
  })
  for (let tries = 0; ; tries++) {
    try {
      execFileSync(...run('pg_isready', '-h', '127.0.0.1', '-p', String(port), '-q'))
      break
    } catch (error) {
      if (tries > 100) throw error
      await pause(100)
    }
  }
  return {
    at: `postgresql://doltflow@127.0.0.1:${port}/dbos`,
    async stop() {
      const ended = once(server, 'close')
      execFileSync(...run('pg_ctl', 'stop', '-D', data, '-m', 'immediate', '-s'))
      await ended
    },
  }
}

function binaries(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root) : []
  if (versions.length === 0) throw new Error('Postgres is not installed: apt-get install postgresql')
  return join(root, versions.toSorted((a, b) => Number(a) - Number(b)).at(-1)!, 'bin')
}

function idOf(kind: string): number {
  return Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }))
}
