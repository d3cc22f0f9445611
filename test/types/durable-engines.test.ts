import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

/* The snippets of docs/durable-engines.md against the engines' own types. They lie in the project, where `doltflow/…` is found. */

const folder = mkdtempSync(resolve('node_modules/.doltflow-types-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('docs/durable-engines.md: every snippet has the types that it says', () => {
  const page = readFileSync('docs/durable-engines.md', 'utf8')
  const blocks = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code!)
  expect(blocks.length).toBeGreaterThan(5)
  for (const [at, code] of blocks.entries()) writeFileSync(join(folder, `block${at}.mts`), code)
  const config = {
    extends: resolve('tsconfig.test.json'),
    compilerOptions: { rootDir: resolve('.'), exactOptionalPropertyTypes: true, noUnusedLocals: false },
    include: [`${folder}/*.mts`],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  execFileSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'inherit' })
})
