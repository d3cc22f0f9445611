/**
 * The Linux builds of the engine ask for GLIBC_2.38, but only for two names of functions that older
 * C libraries have under others: `__isoc23_strtol` and `__isoc23_strtoll` (C23's `strtol`, `strtoll`).
 */

const PREFIX = '__isoc23_'
const NEEDED = 'GLIBC_2.38'
/** The version that every symbol of a platform's first C library carries, by ELF machine number. */
const BASE_VERSION: Record<number, string> = { 62: 'GLIBC_2.2.5', 183: 'GLIBC_2.17' }
const DYNSYM = 11
const VERSYM = 0x6fffffff
const VERNEED = 0x6ffffffe
const FLAG_WEAK = 2

interface Section {
  type: number
  offset: number
  size: number
  link: number
  info: number
}

/**
 * Makes a copy of a 64-bit little-endian ELF library that loads on C libraries older than 2.38:
 * the two symbols get their old names and base version, and the need for 2.38 becomes weak.
 * Source: the ELF gABI and the Linux Standard Base's "Symbol Versioning".
 * @throws {Error} where the file is no such library, or needs more of 2.38 than those names
 */
export function forOlderGlibc(library: Buffer): Buffer {
  const file = Buffer.from(library)
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1)
    throw new Error('not a 64-bit little-endian ELF file')
  const baseName = BASE_VERSION[file.readUInt16LE(18)]
  if (baseName === undefined) throw new Error(`unknown ELF machine ${file.readUInt16LE(18)}`)
  const all = sections(file)
  const find = (type: number): Section => {
    const found = all.find((section) => section.type === type)
    if (!found) throw new Error(`no ELF section of type ${type}`)
    return found
  }
  const versions = weaken(file, find(VERNEED), all, baseName)
  const symbols = find(DYNSYM)
  const names = all[symbols.link]!.offset
  const versionTable = find(VERSYM).offset
  for (let index = 0; index < symbols.size / 24; index++) {
    const at = symbols.offset + index * 24
    const name = text(file, names + file.readUInt32LE(at))
    if (file.readUInt16LE(versionTable + index * 2) !== versions.needed) continue
    if (!name.startsWith(PREFIX)) throw new Error(`needs ${name} of ${NEEDED}`)
    file.writeUInt32LE(file.readUInt32LE(at) + PREFIX.length, at)
    file.writeUInt16LE(versions.base, versionTable + index * 2)
  }
  return file
}

function sections(file: Buffer): Section[] {
  const start = Number(file.readBigUInt64LE(40))
  const size = file.readUInt16LE(58)
  return Array.from({ length: file.readUInt16LE(60) }, (_, index) => {
    const at = start + index * size
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
      info: file.readUInt32LE(at + 44),
    }
  })
}

/** Marks the needed version weak; returns the table indexes of it and of libc's base version. */
function weaken(file: Buffer, needs: Section, all: Section[], baseName: string): { base: number; needed: number } {
  const names = all[needs.link]!.offset
  let base: number | undefined
  let needed: number | undefined
  let library = needs.offset
  for (let i = 0; i < needs.info; i++) {
    const isLibc = text(file, names + file.readUInt32LE(library + 4)).startsWith('libc.so')
    let version = library + file.readUInt32LE(library + 8)
    for (let k = file.readUInt16LE(library + 2); k > 0; k--) {
      const name = text(file, names + file.readUInt32LE(version + 8))
      if (isLibc && name === baseName) base = file.readUInt16LE(version + 6)
      if (isLibc && name === NEEDED) {
        needed = file.readUInt16LE(version + 6)
        file.writeUInt16LE(file.readUInt16LE(version + 4) | FLAG_WEAK, version + 4)
      }
      version += file.readUInt32LE(version + 12)
    }
    library += file.readUInt32LE(library + 12)
  }
  if (base === undefined || needed === undefined) throw new Error(`does not need ${NEEDED}`)
  return { base, needed }
}

function text(file: Buffer, start: number): string {
  return file.toString('latin1', start, file.indexOf(0, start))
}
