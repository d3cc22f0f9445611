import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTableHandle } from '../../../dist/index.js'
import { App } from './app.ts'

/* An application that has doltflow, in the bundlers that docs/library.md names, as that page says. */

const SAVE = `
  const { handle } = await db.save('t', [{ id: 1 }], { key: 'id' })
  await db.close()`
const PROGRAM = `
  import { open } from 'doltflow'
  const db = await open(process.argv[2])
  ${SAVE}
  console.log(JSON.stringify(handle))`
const HANDLE = `
  import { isTableHandle } from 'doltflow/handle'
  console.log(isTableHandle({ db: 'x', table: 't', commit: 'c', hash: 'h', rows: 1 }))`

let app: App
beforeAll(() => {
  app = new App()
  app.write({ 'app.mjs': PROGRAM, 'handle.mjs': HANDLE })
})
afterAll(() => app?.remove())

/** Runs a bundle that saves. */
function handleOf(bundle: string): unknown {
  const { out, err } = app.node(bundle, app.path(`${bundle.replaceAll('/', '-')}.db`))
  expect(err).toBe('')
  return JSON.parse(out)
}

describe('esbuild', () => {
  const esbuild = (...words: string[]) =>
    app.node('node_modules/esbuild/bin/esbuild', '--bundle', '--log-level=error', ...words)

  it('bundles an application without doltflow', () => {
    const words = ['--platform=node', '--format=esm', '--external:doltflow', '--outfile=out/esbuild.mjs']
    expect(esbuild('app.mjs', ...words)).toEqual({ out: '', err: '', status: 0 })
    expect(handleOf('out/esbuild.mjs')).toMatchObject({ table: 't', rows: 1 })
  })

  it('makes a bundle of all that says what to leave out', () => {
    expect(esbuild('app.mjs', '--platform=node', '--format=esm', '--outfile=out/all.mjs').status).toBe(0)
    const { err } = app.node('out/all.mjs', app.path('all.db'))
    expect(err).toMatch(/A bundle can't hold doltflow: leave it out \(esbuild: --external:doltflow\)/)
  })

  it('takes doltflow/handle as one file that imports nothing, for any platform', () => {
    const words = ['--platform=neutral', '--format=esm', '--outfile=out/handle.mjs', '--metafile=out/handle.json']
    expect(esbuild('handle.mjs', ...words).status).toBe(0)
    const { inputs } = JSON.parse(readFileSync(app.path('out/handle.json'), 'utf8')) as { inputs: object }
    expect(Object.keys(inputs)).toEqual(['node_modules/doltflow/dist/model/handle.js', 'handle.mjs'])
    expect(app.node('out/handle.mjs').out).toBe('true\n')
  })
})

describe('webpack', () => {
  it('bundles an application without doltflow', () => {
    app.write({
      'webpack.mjs': `
        import webpack from 'webpack'
        const settings = {
          mode: 'production', target: 'node20', entry: './app.mjs', experiments: { outputModule: true },
          externals: [/^doltflow/], externalsType: 'module',
          output: { path: process.cwd() + '/out', filename: 'webpack.mjs', module: true },
        }
        webpack(settings, (error, stats) => {
          if (error || stats.hasErrors() || stats.hasWarnings()) console.error(String(error ?? stats))
        })`,
    })
    expect(app.node('webpack.mjs')).toEqual({ out: '', err: '', status: 0 })
    expect(handleOf('out/webpack.mjs')).toMatchObject({ table: 't', rows: 1 })
  })
})

describe('Next', () => {
  it('builds a standalone server whose route saves', async () => {
    app.write({
      'app/layout.js': `export default function Layout({ children }) { return <html><body>{children}</body></html> }`,
      'app/page.js': `export default function Page() { return <p>rows</p> }`,
      'app/rows/route.js': `
        import { open } from 'doltflow'
        export const dynamic = 'force-dynamic'
        export async function GET() {
          const db = await open(process.env.DB)
          ${SAVE}
          return Response.json(handle)
        }`,
      'next.config.mjs': `export default {
        output: 'standalone', outputFileTracingRoot: import.meta.dirname, serverExternalPackages: ['doltflow'],
      }`,
    })
    const { out, err, status } = app.node('node_modules/next/dist/bin/next', 'build')
    expect(status, out + err).toBe(0)
    expect(isTableHandle(await app.ask('.next/standalone', 'server.js', '/rows'))).toBe(true)
  })
})

describe('Nitro', () => {
  const build = async (settings: string): Promise<unknown> => {
    app.write({
      'nitro.config.mjs': `
        import { defineConfig } from 'nitro'
        export default defineConfig({ serverDir: './', preset: 'node-server', ${settings} })`,
      'routes/rows.mjs': `
        import { open } from 'doltflow'
        import { defineHandler } from 'nitro/h3'
        export default defineHandler(async () => {
          const db = await open(process.env.DB)
          ${SAVE}
          return handle
        })`,
    })
    const { out, err, status } = app.node('node_modules/nitro/dist/cli/index.mjs', 'build')
    expect(status, out + err).toBe(0)
    return app.ask('.output', 'server/index.mjs', '/rows')
  }

  it('builds a server whose route saves, if it is told to copy doltflow and the engine', async () => {
    expect(isTableHandle(await build(`traceDeps: ['doltflow*', '@dolthub/doltlite*']`))).toBe(true)
    expect(readdirSync(app.path('.output/server/node_modules'))).toContain('doltflow')
  })

  it('leaves doltflow out of what it copies, if it is not told', async () => {
    expect(await build('')).toMatchObject({ error: true })
  })
})
