import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { open } from '../../dist/index.js'
import { expectClean, folder, leftovers, rowsOf, run, text, using, type Ending } from './kit.ts'

/* A disk that is full or fails: a clear error, nothing changed, and all goes on when there is room again. */

const BEFORE = [{ k: 1, v: 'a' }]
const lines = (count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, k) => ({ k, v: `value ${k} ${'x'.repeat(200)}` }))

function expectIoFailed({ lines: told, stderr, signal }: Ending): void {
  expect(stderr).toBe('')
  expect(signal).toBeNull()
  expect(told).toHaveLength(1)
  expect(told[0]!.error?.code, told[0]!.error?.message).toBe('IO_FAILED')
}

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('a full disk', () => {
  const mounts: string[] = []
  afterEach(() => {
    for (const mount of mounts.splice(0)) execFileSync('umount', ['-l', mount])
  })

  /** A file system of its own; undefined where mounting is not allowed (some containers). */
  function smallDisk(megabytes: number): string | undefined {
    const mount = join(folder(), 'disk')
    mkdirSync(mount)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', mount], { stdio: 'ignore' })
    } catch {
      return undefined
    }
    mounts.push(mount)
    return mount
  }

  it('stops a save and a load, and nothing else', async (context) => {
    const disk = smallDisk(4)
    // Mounting takes root; in CI a test that did not run fails the gate, elsewhere the limit on a file's size stands in.
    if (disk === undefined) return context.skip()
    const path = join(disk, 'x.db')
    const out = join(disk, 'out.csv')
    const ballast = join(disk, 'ballast')
    const db = await open(path)
    await db.save('t', { rows: BEFORE }, { key: 'k' })
    const head = await db.resolve('main')
    writeFileSync(out, 'as it was\n')

    // The source is larger than the disk: the stage does not fit; a little less, and the database does not.
    for (const count of [30_000, 16_000]) {
      await expect(db.save('t', { rows: lines(count) })).rejects.toMatchObject({ code: 'IO_FAILED' })
      expect(await db.resolve('main')).toBe(head)
      expect((await db.status()).dirty).toEqual([])
      expect(await rowsOf(db, 't')).toEqual(['1,a'])
    }
    // Filled to the last byte: the smallest save fails, wherever it is then.
    for (let room = 0; room <= 96; room += 4) {
      rmSync(ballast, { force: true })
      const free = freeBytes(disk)
      writeFileSync(ballast, Buffer.alloc(Math.max(0, free - room * 1024)))
      const saved = await db
        .save('t', { rows: [{ k: 2, v: String(room) }] }, { mode: 'upsert', id: `room-${room}` })
        .then(
          () => true,
          (error: { code: string; message: string }) => {
            expect(error.code, error.message).toBe('IO_FAILED')
            return false
          },
        )
      const rows = (await rowsOf(db, 't'))!
      if (saved) expect(rows).toContain(`2,${room}`)
      rmSync(ballast)
      const again = await db.save('t', { rows: [{ k: 2, v: String(room) }] }, { mode: 'upsert', id: `room-${room}` })
      expect(again.id).toBe(`room-${room}`)
      expect(await rowsOf(db, 't')).toEqual(['1,a', `2,${room}`])
      await expectClean(db)
      await db.gc()
    }
    await using(path, async (database) => {
      const wide = join(folder(), 'elsewhere.db')
      await using(wide, (other) => other.save('t', { rows: lines(30_000) }, { key: 'k' }))
      await using(wide, (other) => expect(other.load('t', out)).rejects.toMatchObject({ code: 'IO_FAILED' }))
      expect(text(out)).toBe('as it was\n')
      expect(leftovers(path)).toEqual([])
      await database.load('t', out)
      expect(text(out)).toContain('1,a')
    })
    await db.close()
  })

  function freeBytes(disk: string): number {
    const [, line] = execFileSync('df', ['--output=avail', '-B1', disk], { encoding: 'utf8' }).trim().split('\n')
    return Number(line)
  }
})

describe('a limit on the size of files', () => {
  it('stops a save, not the process', async () => {
    const path = join(folder(), 'x.db')
    await using(path, (db) => db.save('t', { rows: BEFORE }, { key: 'k' }))
    const blocks = Math.ceil(statSync(path).size / 1024) + 64
    const wrap = ['bash', '-c', `ulimit -f ${blocks}; exec "$@"`, 'bash']
    const file = join(folder(), 'in.csv')
    writeFileSync(
      file,
      `k,v\n${lines(5000)
        .map(({ k, v }) => `${String(k)},${String(v)}\n`)
        .join('')}`,
    )
    expectIoFailed(await run({ job: 'saves', db: path, saves: [{ table: 't', file }] }, { wrap }))
    await using(path, async (db) => {
      expect(await rowsOf(db, 't')).toEqual(['1,a'])
      await db.save('t', { rows: lines(5000) })
      await expectClean(db)
    })
  })
})

const strace = existsSync('/usr/bin/strace') || existsSync('/bin/strace')

describe.skipIf(!strace && process.env['CI'] !== 'true')(
  'an I/O error (strace, of which CI must have the system package)',
  () => {
    const CALLS = {
      pwrite64: [1, 3, 6, 10, 13, 14, 15, 16, 18],
      fsync: [1, 3, 6, 10, 14],
      write: [1, 3],
      pread64: [1, 6, 15],
      ftruncate: [1],
    }
    it.for(Object.entries(CALLS).flatMap(([call, times]) => times.map((nth) => [call, nth] as const)))(
      '%s number %i',
      async ([call, nth]) => {
        const place = folder()
        const path = join(place, 'x.db')
        await using(path, (db) => db.save('t', { rows: BEFORE }, { key: 'k' }))
        const paths = [path, `${path}.heads`].flatMap((each) => ['-P', each])
        const wrap = [
          'strace',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          ...paths,
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${call}:error=EIO:when=${nth}`,
        ]
        const ended = await run(
          {
            job: 'saves',
            db: path,
            saves: [{ table: 't', rows: [{ k: 2, v: 'b' }], options: { mode: 'append', id: 'own' } }],
          },
          { wrap },
        )
        expect(ended.stderr).toBe('')
        const { action, error } = ended.lines[0]!
        if (error) expect(error.code, error.message).toMatch(/^(IO_FAILED|DATABASE_CORRUPT)$/)
        await using(path, async (db) => {
          const rows = await rowsOf(db, 't')
          if (action) expect(rows).toEqual(['1,a', '2,b'])
          else expect([['1,a'], ['1,a', '2,b']]).toContainEqual(rows)
          const again = await db.save('t', { rows: [{ k: 2, v: 'b' }] }, { mode: 'append', id: 'own' })
          if (action) expect(again.toCommit).toBe(action.toCommit)
          expect(await rowsOf(db, 't')).toEqual(['1,a', '2,b'])
          expect((await db.actions()).filter(({ id }) => id === 'own')).toHaveLength(1)
          await expectClean(db)
        })
      },
    )

    it('in a load leaves the file as it was', async () => {
      const place = folder()
      const path = join(place, 'x.db')
      const out = join(place, 'out.csv')
      await using(path, (db) => db.save('t', { rows: lines(20_000) }, { key: 'k' }))
      writeFileSync(out, 'as it was\n')
      for (const [call, nth] of [
        ['fsync', 1],
        ['rename', 1],
        ['pread64', 30],
      ] as const) {
        const wrap = [
          'strace',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${call}:error=EIO:when=${nth}`,
        ]
        const ended = await run({ job: 'load', db: path, what: 't', file: out }, { wrap })
        if (ended.lines[0]?.action) continue
        expectIoFailed(ended)
        expect(text(out)).toBe('as it was\n')
        expect(leftovers(path)).toEqual([])
      }
    })
  },
)
