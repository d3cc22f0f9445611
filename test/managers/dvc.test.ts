import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { environment, pythons } from './pythons.ts'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-dvc-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('dvc repro does no work the second time, and only what a changed table asks for', () => {
  const python = pythons().find(({ version }) => version === '3.11') ?? pythons().at(-1)
  expect(python, 'no python3 of 3.10 to 3.13 with venv is on PATH').toBeDefined()
  const interpreter = environment(python!, 'dvc', ['dvc==3.67.1'], { built: ['antlr4-python3-runtime'] })
  writeFileSync(
    join(folder, 'doltflow'),
    `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/bin/doltflow.js')}' "$@"\n`,
    { mode: 0o755 },
  )
  const env = {
    ...process.env,
    PATH: `${folder}:${dirname(interpreter)}:${process.env['PATH']}`,
    DVC_NO_ANALYTICS: '1',
    DVC_GLOBAL_CONFIG_DIR: folder,
    DVC_SITE_CACHE_DIR: join(folder, 'cache'),
  }
  const sh = (script: string): string => {
    const { stdout, stderr, status } = spawnSync('sh', ['-ec', script], { cwd: folder, env, encoding: 'utf8' })
    expect(status, stdout + stderr).toBe(0)
    return stdout + stderr
  }
  const source = (text: string): void => writeFileSync(join(folder, 'raw.csv'), text)
  source('id,v\n1,a\n9,x\n')
  writeFileSync(
    join(folder, 'dvc.yaml'),
    `stages:
  clean:
    cmd: >-
      doltflow load --pin raw.pin raw.out.csv &&
      grep -v ^9 raw.out.csv > clean.csv &&
      doltflow save clean clean.csv --key id --pin clean.pin
    deps: [raw.pin]
    outs:
      - clean.pin:
          cache: false
`,
  )
  sh('git init -q . && dvc init -q && doltflow init --db doltflow.db && doltflow save raw raw.csv --key id')
  const repro = (): string => sh('doltflow pin raw raw.pin && dvc repro')
  expect(repro()).toContain("Running stage 'clean'")
  expect(repro()).toContain("Stage 'clean' didn't change, skipping")
  sh('doltflow save other raw.csv --key id && doltflow save raw raw.csv')
  expect(repro()).toContain("Stage 'clean' didn't change, skipping")
  source('id,v\n1,b\n9,x\n')
  sh('doltflow save raw raw.csv')
  expect(repro()).toContain("Running stage 'clean'")
  expect(sh('doltflow load clean')).toContain('1,b')
})
