import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openEngine } from '../../dist/engines/index.js'
import { Folder, words } from './cli.ts'

/* What a command costs that can be counted: the sessions that it leases, each of which looks first for what killed processes left. */

let folder: Folder
let prototype: { session(): unknown }

beforeAll(async () => {
  folder = new Folder()
  await folder.ok('init')
  await folder.ok('save foo - --key a', { stdin: 'a,b\n1,x\n2,y\n' })
  await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,z\n' })
  const engine = await openEngine(`${folder.path}/doltflow.db`, {})
  prototype = Object.getPrototypeOf(engine) as { session(): unknown }
  await engine.close()
})

afterEach(() => vi.restoreAllMocks())

// Fault: a diff asked the library five to nine times, each time with a session of its own.
describe('doltflow diff', () => {
  it.each([
    'diff',
    'diff foo',
    'diff foo --stat',
    'diff foo HEAD~1',
    'diff foo HEAD~1 HEAD --columns b',
    'diff HEAD~1 HEAD',
    'diff foo --json',
  ])('leases one session: %s', async (line) => {
    const session = vi.spyOn(prototype, 'session')
    const { code, err } = await folder.run(words(line))
    expect([code, err]).toEqual([0, ''])
    expect(session).toHaveBeenCalledTimes(1)
  })
})
