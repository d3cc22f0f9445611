import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { forOlderGlibc } from '../../dist/engines/doltlite/connection/elf.js'

const prebuilds = join(dirname(createRequire(import.meta.url).resolve('@dolthub/doltlite/package.json')), 'prebuilds')
const library = (platform: string): Buffer => readFileSync(join(prebuilds, platform, 'doltlite.node'))

/** What a library imports: each symbol with the version it asks for; and which versions it needs strongly. */
function imports(file: Buffer): { symbols: Map<string, string>; strong: Set<string>; weak: Set<string> } {
  const start = Number(file.readBigUInt64LE(40))
  const sections = Array.from({ length: file.readUInt16LE(60) }, (_, index) => {
    const at = start + index * file.readUInt16LE(58)
    const word = (offset: number): number => Number(file.readBigUInt64LE(at + offset))
    return {
      type: file.readUInt32LE(at + 4),
      offset: word(24),
      size: word(32),
      link: file.readUInt32LE(at + 40),
      info: file.readUInt32LE(at + 44),
    }
  })
  const text = (at: number): string => file.toString('latin1', at, file.indexOf(0, at))
  const of = (type: number) => sections.find((section) => section.type === type)!
  const versions = new Map<number, string>()
  const [strong, weak] = [new Set<string>(), new Set<string>()]
  const needs = of(0x6ffffffe)
  for (let entry = needs.offset, left = needs.info; left > 0; left--, entry += file.readUInt32LE(entry + 12))
    for (
      let aux = entry + file.readUInt32LE(entry + 8), more = file.readUInt16LE(entry + 2);
      more > 0;
      more--, aux += file.readUInt32LE(aux + 12)
    ) {
      const name = text(sections[needs.link]!.offset + file.readUInt32LE(aux + 8))
      versions.set(file.readUInt16LE(aux + 6), name)
      ;(file.readUInt16LE(aux + 4) & 2 ? weak : strong).add(name)
    }
  const dynsym = of(11)
  const symbols = new Map<string, string>()
  for (let index = 0; index < dynsym.size / 24; index++) {
    const name = text(sections[dynsym.link]!.offset + file.readUInt32LE(dynsym.offset + index * 24))
    symbols.set(name, versions.get(file.readUInt16LE(of(0x6fffffff).offset + index * 2)) ?? '')
  }
  return { symbols, strong, weak }
}

describe.each([
  ['linux-x64', 'GLIBC_2.2.5'],
  ['linux-arm64', 'GLIBC_2.17'],
])('the engine of %s', (platform, base) => {
  const before = imports(library(platform))
  const after = imports(forOlderGlibc(library(platform)))

  it('asks for GLIBC_2.38 as it is published, for two functions', () => {
    expect(before.strong).toContain('GLIBC_2.38')
    expect(
      [...before.symbols]
        .filter(([, version]) => version === 'GLIBC_2.38')
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(['__isoc23_strtol', '__isoc23_strtoll'])
  })

  it('asks for none after the rewrite, and for those functions by their old names', () => {
    expect(after.strong).not.toContain('GLIBC_2.38')
    expect(after.weak).toContain('GLIBC_2.38')
    expect([...after.symbols.values()]).not.toContain('GLIBC_2.38')
    expect(after.symbols.get('strtol')).toBe(base)
    expect(after.symbols.get('strtoll')).toBe(base)
  })

  it('changes nothing else', () => {
    const [old, rewritten] = [library(platform), forOlderGlibc(library(platform))]
    expect(rewritten.length).toBe(old.length)
    expect(old.filter((byte, index) => byte !== rewritten[index]).length).toBeLessThanOrEqual(16)
    for (const [name, version] of before.symbols)
      if (!name.startsWith('__isoc23_')) expect(after.symbols.get(name)).toBe(version)
  })
})

describe('a rewritten copy', () => {
  it.runIf(process.platform === 'linux' && process.arch === 'x64')('loads and runs here', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doltflow-elf-'))
    try {
      const copy = join(folder, 'copy.node')
      writeFileSync(copy, forOlderGlibc(library('linux-x64')))
      const script = `const m = { exports: {} }; process.dlopen(m, process.argv[1]); const d = new m.exports.DatabaseSync(':memory:'); console.log(d.prepare('SELECT CAST(dolt_version() IS NOT NULL AS TEXT) AS v').get().v)`
      expect(execFileSync(process.execPath, ['-e', script, copy], { encoding: 'utf8' })).toBe('1\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is refused for a file that is no such library', () => {
    expect(() => forOlderGlibc(Buffer.from('MZ no ELF'))).toThrow('not a 64-bit')
    expect(() => forOlderGlibc(forOlderGlibc(library('linux-x64')).fill(0, 18, 20))).toThrow('unknown ELF machine')
  })
})
