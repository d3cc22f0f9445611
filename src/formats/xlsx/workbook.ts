import { NotFoundError } from '../../errors.ts'
import { numberFormat, type NumberFormat } from './number-formats.ts'
import { attribute, readXml } from './xml.ts'
import type { ZipReader } from './zip-reader.ts'

/** What a sheet's cells refer to. */
export interface Workbook {
  /** The part that has the sheet. */
  sheet: string
  strings: string[]
  /** By a cell's style. */
  formats: NumberFormat[]
  /** Whether days count from 1904. */
  isMac: boolean
}

/** Reads a workbook's parts but for its sheets. @throws {NotFoundError} SHEET_NOT_FOUND */
export async function readWorkbook(zip: ZipReader, wanted: string | number | undefined): Promise<Workbook> {
  const main =
    (await relations(zip, '')).find(({ type }) => type.endsWith('/officeDocument'))?.target ?? 'xl/workbook.xml'
  const sheets: { name: string; id: string }[] = []
  let isMac = false
  await readXml(zip.bytes(main), {
    open(name, attributes) {
      if (name === 'sheet')
        sheets.push({ name: attribute(attributes, 'name') ?? '', id: attribute(attributes, 'id') ?? '' })
      else if (name === 'workbookPr') isMac = ['1', 'true'].includes(attribute(attributes, 'date1904') ?? '')
    },
  })
  const related = await relations(zip, main)
  const chosen = sheets.find(({ name }) => name === wanted) ?? sheets[Number(wanted ?? 1) - 1]
  const target = related.find(({ id }) => id === chosen?.id)?.target
  const names = sheets.slice(0, 100).map(({ name }) => name)
  if (!chosen || target === undefined)
    throw new NotFoundError(
      'SHEET_NOT_FOUND',
      `The workbook has no sheet ${JSON.stringify(wanted ?? 1)}. It has: ${names.join(', ')}${sheets.length > names.length ? ', …' : ''}.`,
      { data: { sheet: wanted ?? 1, sheets: names } },
    )
  const part = (type: string): string | undefined => related.find((one) => one.type.endsWith(`/${type}`))?.target
  const strings = part('sharedStrings')
  const styles = part('styles')
  return {
    sheet: target,
    strings: strings !== undefined && zip.has(strings) ? await readStrings(zip, strings) : [],
    formats: styles !== undefined && zip.has(styles) ? await readFormats(zip, styles) : [],
    isMac,
  }
}

interface Relation {
  id: string
  type: string
  target: string
}

/** What a part refers to; '' is the file itself. */
async function relations(zip: ZipReader, part: string): Promise<Relation[]> {
  const folder = part.slice(0, part.lastIndexOf('/') + 1)
  const path = `${folder}_rels/${part.slice(folder.length)}.rels`
  const found: Relation[] = []
  if (!zip.has(path)) return found
  await readXml(zip.bytes(path), {
    open(name, attributes) {
      if (name !== 'Relationship') return
      const target = attribute(attributes, 'Target') ?? ''
      // A target that begins with a slash is a whole path, another is in the part's folder.
      const whole = new URL(target, `file:///${folder}`).pathname.slice(1)
      found.push({
        id: attribute(attributes, 'Id') ?? '',
        type: attribute(attributes, 'Type') ?? '',
        target: decodeURIComponent(whole),
      })
    },
  })
  return found
}

async function readStrings(zip: ZipReader, path: string): Promise<string[]> {
  const strings: string[] = []
  let text: string | undefined
  let isText = false
  let isPhonetic = false
  await readXml(zip.bytes(path), {
    open(name) {
      if (name === 'si') text = ''
      else if (name === 'rPh') isPhonetic = true
      else if (name === 't') isText = !isPhonetic
    },
    text(part) {
      if (isText && text !== undefined) text += part
    },
    close(name) {
      if (name === 't') isText = false
      else if (name === 'rPh') isPhonetic = false
      else if (name === 'si') {
        strings.push(decoded(text ?? ''))
        text = undefined
      }
    },
  })
  return strings
}

async function readFormats(zip: ZipReader, path: string): Promise<NumberFormat[]> {
  const codes = new Map<number, string>()
  const formats: NumberFormat[] = []
  let inCells = false
  await readXml(zip.bytes(path), {
    open(name, attributes) {
      if (name === 'numFmt')
        codes.set(Number(attribute(attributes, 'numFmtId')), attribute(attributes, 'formatCode') ?? '')
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) {
        const id = Number(attribute(attributes, 'numFmtId') ?? 0)
        formats.push(numberFormat(id, codes.get(id)))
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return formats
}

/** A string's characters that XML can't hold are written `_x0001_` (ECMA-376, ST_Xstring). */
export function decoded(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
