/** What is told of an XML text; names come without their namespace's prefix. */
export interface XmlHandler {
  open?(name: string, attributes: string): void
  text?(text: string): void
  close?(name: string): void
}

/** In characters: a cell's text has 32,767 of them, each as an entity of up to 8. */
const LONGEST_TAG = 2 ** 20
const LONGEST_PART = 2 ** 22
const TAG = /<(\/?)([^\s/>"'<]+)((?:[^>"']|"[^"]*"|'[^']*')*)>/y
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Reads XML as it comes, without a tree. A DOCTYPE is refused: it can declare entities that grow without end. */
export async function readXml(bytes: AsyncIterable<Uint8Array>, handler: XmlHandler, each?: () => void): Promise<void> {
  for await (const _ of xmlParts(bytes, handler)) each?.()
}

/** The same, handing back control after each chunk. */
export async function* xmlParts(bytes: AsyncIterable<Uint8Array>, handler: XmlHandler): AsyncGenerator<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  for await (const chunk of bytes) {
    rest = consume(rest + decoder.decode(chunk, { stream: true }), handler)
    if (rest.length > LONGEST_PART) throw new Error('its XML has an endless part')
    yield
  }
  rest = consume(rest + decoder.decode(), handler)
  if (rest.trim() !== '') throw new Error('its XML ends too early')
}

/** @returns what goes on in the next chunk */
function consume(text: string, handler: XmlHandler): string {
  let at = 0
  for (;;) {
    const open = text.indexOf('<', at)
    if (open === -1) return text.slice(at)
    let end: number
    if (text.startsWith('<!--', open)) end = after(text, '-->', open)
    else if (text.startsWith('<![CDATA[', open)) {
      end = after(text, ']]>', open)
      if (end !== -1) handler.text?.(text.slice(open + 9, end - 3))
    } else if (text.startsWith('<?', open)) end = after(text, '?>', open)
    else if (/^<!DOCTYPE/i.test(text.slice(open, open + 9)))
      throw new Error('its XML has a DOCTYPE, which no workbook needs')
    else end = tag(text, at, open, handler)
    if (end === -1) return text.slice(at)
    at = end
  }
}

function tag(text: string, at: number, open: number, handler: XmlHandler): number {
  TAG.lastIndex = open
  const match = TAG.exec(text)
  if (!match) {
    if (text.length - open > LONGEST_TAG) throw new Error('its XML has an endless tag')
    return -1
  }
  if (open > at) handler.text?.(unescaped(text.slice(at, open)))
  const name = match[2]!.slice(match[2]!.indexOf(':') + 1)
  const attributes = match[3]!
  if (match[1] === '/') handler.close?.(name)
  else {
    handler.open?.(name, attributes)
    if (attributes.endsWith('/')) handler.close?.(name)
  }
  return TAG.lastIndex
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at === -1 ? -1 : at + mark.length
}

/** The value of an attribute, without regard to its prefix. */
export function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|[\\s:])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes)
  return match ? unescaped(match[1] ?? match[2]!) : undefined
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
