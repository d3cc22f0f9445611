import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { clone } from '../../dist/index.js'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-clone-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Fault: a clone of what is not there was REMOTE_REFUSED, and left a file here and a lock beside the remote's path.
it.each([`file://${folder}/not-there.db`, 'http://127.0.0.1:1/not-there'])(
  'a clone of %s says that it is not there, and leaves no file',
  async (remote) => {
    await expect(clone(remote, join(folder, 'copy.db'))).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    expect(readdirSync(folder)).toEqual([])
  },
)
