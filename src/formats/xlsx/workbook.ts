import { NotFoundError } from '../../errors.ts'
import { numberFormat, type NumberFormat } from './number-formats.ts'
import { readXml, type Attributes } from './xml.ts'
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
    open(name, attributes, parent) {
      if (name === 'sheet' && parent === 'sheets')
        sheets.push({ name: attributes.get('name') ?? '', id: relationId(attributes) })
      else if (name === 'workbookPr') isMac = truth(attributes.get('date1904') ?? '') === true
    },
  })
  const related = await relations(zip, main)
  const tabs = sheets.map(({ name, id }) => ({ name, relation: related.find((one) => one.id === id) }))
  const relation = chosen(tabs, wanted)
  const part = (type: string): string | undefined => related.find((one) => one.type.endsWith(`/${type}`))?.target
  const strings = part('sharedStrings')
  const styles = part('styles')
  return {
    sheet: relation.target,
    strings: strings !== undefined && zip.has(strings) ? await readStrings(zip, strings) : [],
    formats: styles !== undefined && zip.has(styles) ? await readFormats(zip, styles) : [],
    isMac,
  }
}

interface Tab {
  name: string
  relation: Relation | undefined
}

/** The part with the sheet that is wanted: by default the first with cells, not a chart. */
function chosen(tabs: Tab[], wanted: string | number | undefined): Relation {
  const tab =
    wanted === undefined
      ? (tabs.find(({ relation }) => relation?.type.endsWith('/worksheet')) ?? tabs[0])
      : (tabs.find(({ name }) => name === wanted) ?? tabs[/^[1-9]\d*$/.test(String(wanted)) ? Number(wanted) - 1 : -1])
  if (tab?.relation?.type.endsWith('/chartsheet'))
    throw new Error(`its sheet ${JSON.stringify(tab.name)} is a chart, which has no cells. Name another sheet`)
  if (tab?.relation) return tab.relation
  const names = tabs.slice(0, 100).map(({ name }) => name)
  throw new NotFoundError(
    'SHEET_NOT_FOUND',
    `The workbook has no sheet ${JSON.stringify(wanted ?? 1)}. It has: ${names.join(', ')}${tabs.length > names.length ? ', …' : ''}.`,
    { data: { sheet: wanted ?? 1, sheets: names } },
  )
}

/** `r:id`, whatever the prefix. */
function relationId(attributes: Attributes): string {
  for (const [name, value] of attributes) if (name.endsWith(':id')) return value
  return ''
}

/** A value of xsd:boolean; undefined if it is none. */
export function truth(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (word === '1' || word === 'true') return true
  return word === '0' || word === 'false' ? false : undefined
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
      const target = attributes.get('Target') ?? ''
      // A target that begins with a slash is a whole path, another is in the part's folder.
      const whole = new URL(target, `file:///${folder}`).pathname.slice(1)
      found.push({
        id: attributes.get('Id') ?? '',
        type: attributes.get('Type') ?? '',
        target: decodeURIComponent(whole),
      })
    },
  })
  return found
}

async function readStrings(zip: ZipReader, path: string): Promise<string[]> {
  const strings: string[] = []
  let text = ''
  let isText = false
  await readXml(zip.bytes(path), {
    open(name, _, parent) {
      if (name === 'si') text = ''
      else if (name === 't') isText = parent === 'si' || parent === 'r'
    },
    text(part) {
      if (isText) text += part
    },
    close(name) {
      if (name === 't') isText = false
      else if (name === 'si') strings.push(decoded(text))
    },
  })
  return strings
}

async function readFormats(zip: ZipReader, path: string): Promise<NumberFormat[]> {
  const codes = new Map<number, string>()
  const formats: NumberFormat[] = []
  await readXml(zip.bytes(path), {
    open(name, attributes, parent) {
      if (name === 'numFmt' && parent === 'numFmts')
        codes.set(Number(attributes.get('numFmtId')), attributes.get('formatCode') ?? '')
      else if (name === 'xf' && parent === 'cellXfs') {
        const id = Number(attributes.get('numFmtId') ?? 0)
        formats.push(numberFormat(id, codes.get(id)))
      }
    },
  })
  return formats
}

/** A string's characters that XML can't hold are written `_x0001_` (ECMA-376, ST_Xstring). */
export function decoded(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
