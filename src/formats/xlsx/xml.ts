/** What is told of an XML text: the elements of its root's own namespace, without their prefix. */
export interface XmlHandler {
  /** @param parent the element that it stands in, '' for the root */
  open?(name: string, attributes: Attributes, parent: string): void
  text?(text: string): void
  close?(name: string): void
}

/** By the name as it is written, prefix and all. */
export type Attributes = ReadonlyMap<string, string>

/** In characters: a cell's text has 32,767 of them, each as an entity of up to 8. */
const LONGEST_TAG = 2 ** 20
const LONGEST_PART = 2 ** 22
const TAG = /<(\/?)([^\s/>"'<]+)((?:[^>"']|"[^"]*"|'[^']*')*)>/y
const ATTRIBUTE = /([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const CDATA = '<![CDATA['
const COMPATIBILITY = 'http://schemas.openxmlformats.org/markup-compatibility/2006'
/** Own elements that hold nothing of a sheet's: extensions, and how a text is spoken, in texts as others. */
const BESIDE = new Set(['extLst', 'rPh'])
const NO_ATTRIBUTES: Attributes = new Map()

/** Reads XML as it comes, without a tree. A DOCTYPE is refused: it can declare entities that grow without end. */
export async function readXml(bytes: AsyncIterable<Uint8Array>, handler: XmlHandler): Promise<void> {
  for await (const _ of xmlParts(bytes, handler));
}

/** The same, handing back control after each chunk. */
export async function* xmlParts(bytes: AsyncIterable<Uint8Array>, handler: XmlHandler): AsyncGenerator<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const elements = new Elements(handler)
  let rest = ''
  for await (const chunk of bytes) {
    rest = consume(rest + decoder.decode(chunk, { stream: true }), elements)
    if (rest.length > LONGEST_PART) throw new Error('its XML has an endless part')
    yield
  }
  rest = consume(rest + decoder.decode(), elements)
  if (rest.trim() !== '' || !elements.isWhole) throw new Error('its XML ends too early')
}

/** @returns what goes on in the next chunk */
function consume(text: string, elements: Elements): string {
  let at = 0
  for (;;) {
    const open = text.indexOf('<', at)
    if (open === -1) return text.slice(at)
    const isMarkup = text.startsWith('<!', open) || text.startsWith('<?', open)
    const tag = isMarkup ? undefined : tagAt(text, open)
    const end = isMarkup ? markupEnd(text, open) : tag ? open + tag[0].length : -1
    if (end === -1) return text.slice(at)
    if (open > at) elements.text(unescaped(unixLines(text.slice(at, open))))
    if (tag) elements.tag(tag[1] === '/', tag[2]!, tag[3]!)
    else if (text.startsWith(CDATA, open)) elements.text(unixLines(text.slice(open + CDATA.length, end - 3)))
    at = end
  }
}

/** The end of a comment, a CDATA section or a processing instruction; -1 where it is not there yet. */
function markupEnd(text: string, open: number): number {
  if (/^<!DOCTYPE/i.test(text.slice(open, open + 9))) throw new Error('its XML has a DOCTYPE, which no workbook needs')
  const mark = text.startsWith('<?', open) ? '?>' : text.startsWith('<!--', open) ? '-->' : ']]>'
  const at = text.indexOf(mark, open)
  return at === -1 ? -1 : at + mark.length
}

/** Undefined where the tag's end is not there yet. */
function tagAt(text: string, open: number): RegExpExecArray | undefined {
  TAG.lastIndex = open
  const match = TAG.exec(text)
  if (!match && text.length - open > LONGEST_TAG) throw new Error('its XML has an endless tag')
  return match ?? undefined
}

/** Follows which elements are open, and tells those that count: see `counts`. */
class Elements {
  readonly #handler: XmlHandler
  /** All that are open, as they are written, and whether each counts. */
  readonly #tags: string[] = []
  readonly #count: boolean[] = []
  /** The names of those that count. */
  readonly #names: string[] = []
  /** Prefixes and their namespaces, from the element of that depth on. */
  #scopes: { depth: number; spaces: ReadonlyMap<string, string> }[] = [{ depth: 0, spaces: new Map() }]
  /** The root's namespace. */
  #own: string | undefined
  /** The depth of the element within which nothing counts; 0 if there is none. */
  #hidden = 0

  constructor(handler: XmlHandler) {
    this.#handler = handler
  }

  get isWhole(): boolean {
    return this.#tags.length === 0 && this.#own !== undefined
  }

  text(text: string): void {
    if (this.#hidden === 0) this.#handler.text?.(text)
  }

  tag(isEnd: boolean, tag: string, attributes: string): void {
    if (isEnd) return this.#close(tag)
    this.#open(tag, attributes)
    if (attributes.endsWith('/')) this.#close(tag)
  }

  #open(tag: string, text: string): void {
    const attributes = attributesOf(text)
    this.#tags.push(tag)
    if (text.includes('xmlns')) this.#declare(attributes)
    const colon = tag.indexOf(':')
    const name = tag.slice(colon + 1)
    const counts = this.#hidden === 0 && this.#counts(name, colon === -1 ? '' : tag.slice(0, colon))
    this.#count.push(counts)
    if (!counts) return
    const parent = this.#names.at(-1) ?? ''
    this.#names.push(name)
    this.#handler.open?.(name, attributes, parent)
  }

  #close(tag: string): void {
    const depth = this.#tags.length
    if (this.#tags.pop() !== tag) throw new Error(`its XML closes <${tag.slice(0, 40)}> where another element is open`)
    if (this.#count.pop()) {
      const name = this.#names.pop()!
      this.#handler.close?.(name)
    }
    if (this.#hidden === depth) this.#hidden = 0
    if (this.#scopes.at(-1)!.depth === depth) this.#scopes.pop()
  }

  /**
   * Whether an element is of the root's own namespace: programs put elements of theirs between them, with the same names (Excel
   * itself, a second workbookPr). What stands in an extension does not count either, and of the forms of a part that stands there for
   * several programs, the plain one counts (ECMA-376, part 3).
   */
  #counts(name: string, prefix: string): boolean {
    const space = this.#scopes.at(-1)!.spaces.get(prefix) ?? prefix
    this.#own ??= space
    if (space === this.#own && !BESIDE.has(name)) return true
    if (space !== COMPATIBILITY || (name !== 'AlternateContent' && name !== 'Fallback'))
      this.#hidden = this.#tags.length
    return false
  }

  #declare(attributes: Attributes): void {
    const spaces = new Map(this.#scopes.at(-1)!.spaces)
    for (const [name, space] of attributes)
      if (name === 'xmlns') spaces.set('', space)
      else if (name.startsWith('xmlns:')) spaces.set(name.slice(6), space)
    this.#scopes.push({ depth: this.#tags.length, spaces })
  }
}

function attributesOf(text: string): Attributes {
  if (!text.includes('=')) return NO_ATTRIBUTES
  const attributes = new Map<string, string>()
  ATTRIBUTE.lastIndex = 0
  for (let match = ATTRIBUTE.exec(text); match; match = ATTRIBUTE.exec(text)) {
    const value = match[2] ?? match[3]!
    attributes.set(match[1]!, unescaped(/[\t\n\r]/.test(value) ? value.replace(/[\t\n\r]/g, ' ') : value))
  }
  return attributes
}

/** An XML reader has LF alone ("Extensible Markup Language", 2.11); a CR is written as a character's number. */
function unixLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new Error(`its XML has the odd character ${whole}`)
    return String.fromCodePoint(code)
  })
}
