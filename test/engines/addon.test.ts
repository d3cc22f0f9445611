import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { networkFileSystem } from '../../dist/engines/doltlite/connection/network-file-system.js'

const addon = pathToFileURL('dist/engines/doltlite/connection/addon.js').href

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doltflow-addon-'))
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

/** Loads the addon in a process of its own; gives what it prints. */
function inChild(before: string, env: Record<string, string> = {}): string {
  const script = `${before}; import(${JSON.stringify(addon)}).then(({ loadAddon }) => { const { DatabaseSync } = loadAddon(); new DatabaseSync(':memory:').close(); console.log('loaded') }).catch((error) => console.log(error.code, error.message))`
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env: { ...process.env, ...env } })
}

describe('loading the engine', () => {
  it('works here, and leaves a rewritten copy only where it was needed', () => {
    expect(inChild('', { XDG_CACHE_HOME: folder })).toBe('loaded\n')
    const cached = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.node'))
    expect(cached.length).toBeLessThanOrEqual(1)
    expect(inChild('', { XDG_CACHE_HOME: folder })).toBe('loaded\n')
  })

  it('says which platforms work on one that has no build', () => {
    const said = inChild("Object.defineProperty(process, 'platform', { value: 'sunos' })")
    expect(said).toMatch(
      /^ENGINE_UNAVAILABLE .*no build of it for sunos-.*linux-x64.*darwin-arm64.*win32-x64.*node:20-slim/,
    )
  })

  it('says why a build does not load: its reason and what to do', () => {
    const said = inChild(
      "require('node:module')._extensions['.node'] = () => { throw new Error('Error loading shared library ld-linux-x86-64.so.2: No such file or directory') }",
    )
    expect(said).toMatch(/^ENGINE_UNAVAILABLE .*Error loading shared library ld-linux.*not musl, as in Alpine/)
  })
})

describe('importing doltflow', () => {
  it('loads no engine', () => {
    const script = `import(${JSON.stringify(pathToFileURL('dist/index.js').href)}).then(() => console.log(process.report.getReport().sharedObjects.some((name) => name.includes('doltlite'))))`
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('false\n')
  })
})

describe('a network file system', () => {
  it('is known by its number', () => {
    expect(networkFileSystem(0x6969)).toBe('NFS')
    expect(networkFileSystem(0xff534d42)).toBe('CIFS')
    expect(networkFileSystem(0xef53)).toBeUndefined()
  })
})
