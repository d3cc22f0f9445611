import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* The types of the installed package, as projects with other settings than ours find them. */

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doltflow-resolution-'))
  const installed = join(folder, 'node_modules/doltflow')
  mkdirSync(installed, { recursive: true })
  cpSync('package.json', join(installed, 'package.json'))
  cpSync('dist', join(installed, 'dist'), { recursive: true })
  mkdirSync(join(folder, 'node_modules/@types'))
  symlinkSync(resolve('node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PROGRAM = `
import { isDoltflowError, open, type SaveOptions, type TableHandle } from 'doltflow'
import { isTableHandle } from 'doltflow/handle'
import { tableStep, type TableStepOptions } from 'doltflow/step'

export async function save(signal: AbortSignal | undefined): Promise<TableHandle | null> {
  const db = await open('pipeline.db', { run: undefined, remote: undefined })
  const options: SaveOptions = { id: undefined, run: undefined, step: undefined, signal, key: 'id' }
  const { handle } = await db.save('t', [{ id: 1 }], options)
  const told: unknown = JSON.parse(JSON.stringify(handle))
  return isTableHandle(told) ? told : null
}
export const step = (options: TableStepOptions): Promise<TableHandle> =>
  tableStep('pipeline.db', { ...options, signal: undefined }, ({ save: once }) => once('t', [{ id: 1 }], { key: 'id' }))
export const branch = (error: unknown): string | undefined =>
  isDoltflowError(error, 'CONFLICT') ? error.data.branch : undefined
`

/** TypeScript 7 knows no \`node10\` any more. */
function compile(name: string, file: string, text: string, options: Record<string, unknown>): string {
  const project = join(folder, name)
  mkdirSync(project)
  writeFileSync(join(project, file), text)
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable', 'dom'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    ...options,
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  try {
    execFileSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', project], { encoding: 'utf8' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

describe('types of the installed package', () => {
  it.each([
    ['bundler', 'program.ts', { module: 'esnext', moduleResolution: 'bundler' }],
    ['nodenext', 'program.mts', { module: 'nodenext' }],
    ['node16', 'program.mts', { module: 'node16' }],
    ['node20, CommonJS', 'program.cts', { module: 'node20' }],
    ['without exactOptionalPropertyTypes', 'program.mts', { module: 'nodenext', exactOptionalPropertyTypes: false }],
  ])('%s', (name, file, options) => {
    expect(compile(name, file, PROGRAM, options)).toBe('')
  })
})
