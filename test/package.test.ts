import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'rolldown'
import { describe, expect, it } from 'vitest'

/* What npm packs, without a download of anything. */

const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' })
const [packed] = JSON.parse(listed) as [{ files: { path: string }[] }]
const paths = new Set(packed.files.map(({ path }) => path))
const texts = [...paths].filter((path) => path.endsWith('.md'))

interface Link {
  from: string
  to: string
  anchor: string | undefined
}

function linksOf(from: string): Link[] {
  return [...readFileSync(from, 'utf8').matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, path, anchor]) => ({ from, to: path === '' ? from : normalize(join(dirname(from), path!)), anchor }),
  )
}

/** The anchors of a text's headings, as they are made where it is shown. */
function anchorsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the npm package', () => {
  it('has the program, its types, its sources and its docs', () => {
    for (const path of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/bin/doltflow.js',
      'dist/LICENSES.txt',
      'src/index.ts',
      'docs/guide.md',
      'LICENSE',
    ])
      expect(paths).toContain(path)
    expect([...paths].filter((path) => /^(test|bench\/(?!RESULTS)|scripts|node_modules|\.)/.test(path))).toEqual([])
  })

  it.each(texts)('%s links to files that are packed, and to headings that are there', (text) => {
    const broken = linksOf(text).filter(
      ({ to, anchor }) => !paths.has(to) || (anchor !== undefined && !anchorsOf(to).includes(anchor)),
    )
    expect(broken).toEqual([])
  })

  it('has the source of every map', () => {
    const maps = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.map'))
    expect(maps.length).toBeGreaterThan(0)
    const lost = maps.flatMap((map) => {
      const { sources } = JSON.parse(readFileSync(join('dist', map), 'utf8')) as { sources: string[] }
      // A few packages are inside: their sources are theirs.
      return sources
        .map((source) => normalize(join('dist', dirname(map), source)))
        .filter(
          (path) =>
            !paths.has(path) && !/^node_modules\/(apache-arrow|flatbuffers|json-with-bigint|tslib)\//.test(path),
        )
    })
    expect(lost).toEqual([])
  })

  it('has stacks that lead to TypeScript', () => {
    const program = `import('doltflow').then(({ open }) => open('ftp://x')).catch(({ stack }) => console.log(stack))`
    const stack = execFileSync(process.execPath, ['--enable-source-maps', '-e', program], { encoding: 'utf8' })
    expect(stack).toMatch(/src\/open\.ts:\d+/)
  })

  it('says what to do, if somebody has bundled it', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doltflow-bundled-'))
    try {
      const input = join(folder, 'app.mjs')
      const library = JSON.stringify(pathToFileURL(resolve('dist/index.js')).href.replace('file://', ''))
      writeFileSync(
        input,
        `import { open } from ${library}
         const db = await open('app.db')
         await db.save('t', { rows: [{ id: 1 }] }, { key: 'id' }).catch(({ code, message }) => console.log(code, message))
         await db.close()`,
      )
      const output = { dir: join(folder, 'out'), entryFileNames: '[name].mjs', codeSplitting: true }
      await build({ input, platform: 'node', external: [/^@/], logLevel: 'silent', output })
      const said = execFileSync(process.execPath, [join(folder, 'out/app.mjs')], { cwd: folder, encoding: 'utf8' })
      expect(said).toMatch(/^ENGINE_UNAVAILABLE .*doltlite-worker\.js, which isn't there.*--external:doltflow/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('says where its home is', () => {
    const { repository, homepage, bugs } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, any>
    const home = (repository.url as string).replace(/^git\+|\.git$/g, '')
    expect([homepage, bugs]).toEqual([`${home}#readme`, `${home}/issues`])
    for (const path of ['SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml'])
      for (const [url] of readFileSync(path, 'utf8').matchAll(/https:\/\/github\.com\/[\w-]+\/[\w-]+/g))
        expect(url).toBe(home)
  })
})
