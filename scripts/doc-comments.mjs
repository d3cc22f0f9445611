import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'oxc-parser'

/*
 * Reads what src/ exports, with its doc comments. The parser knows TypeScript's syntax and not its types: what a name
 * stands for is looked up by its import, and a signature is the source's own text.
 */

/** Every name that src/index.ts exports, with its declaration, in the order of that file. */
export function exportedDeclarations() {
  const index = parsed('src/index.ts')
  return index.program.body.flatMap(({ source, specifiers }) =>
    specifiers.map(({ exported }) => declarationOf(join('src', source.value), exported.name)),
  )
}

/** What a file exports by a name: `{ name, node, file, doc }`, the doc comment taken apart. */
export function declarationOf(path, name) {
  const file = parsed(path)
  for (const { type, declaration, start } of file.program.body) {
    if (type !== 'ExportNamedDeclaration' || !declaration) continue
    const declared = declaration.id ?? declaration.declarations?.[0]?.id
    if (declared?.name === name) return { name, node: declaration, file, doc: docBefore(file, start) }
  }
  throw new Error(`${path} exports no ${name}`)
}

/** The declaration that a name of a file stands for, by the file's imports. */
export function importedDeclaration(file, name) {
  const found = file.program.body.find(
    ({ type, specifiers }) => type === 'ImportDeclaration' && specifiers.some(({ local }) => local.name === name),
  )
  return declarationOf(found ? join(dirname(file.path), found.source.value) : file.path, name)
}

const files = new Map()

function parsed(path) {
  let file = files.get(path)
  if (!file) {
    const text = readFileSync(path, 'utf8')
    const { program, comments, errors } = parseSync(path, text)
    if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`)
    files.set(path, (file = { path, text, program, comments }))
  }
  return file
}

/** The doc comment that stands right before a place: `{ text, params, returns, throws, example }`; undefined if there is none. */
export function docBefore({ text, comments }, start) {
  const comment = comments.findLast(({ end }) => end <= start && text.slice(end, start).trim() === '')
  if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return undefined
  const lines = comment.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
  const [main, ...tags] = lines
    .join('\n')
    .trim()
    .split(/(?:^|\s)@(?=(?:param|returns|throws|example)\b)/)
  const all = tags.map((tag) => /^(\w+)\s+([\s\S]*)$/.exec(tag.trim()))
  const of = (name) => all.filter((tag) => tag?.[1] === name).map((tag) => tag[2])
  return {
    text: main.trim(),
    params: of('param')
      .map(flat)
      .map((param) => /^(\S+) (.*)$/.exec(param).slice(1)),
    returns: of('returns').map(flat)[0],
    throws: of('throws').map(flat),
    example: of('example')[0]?.trim(),
  }
}

/** A text in one line. */
export function flat(text) {
  return text.replace(/\s+/g, ' ').trim()
}
