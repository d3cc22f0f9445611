import { writeFileSync } from 'node:fs'
import { exportedDeclarations, docBefore, flat, importedDeclaration } from './doc-comments.mjs'

/* Writes docs/api.md, and test/types/examples.ts with its examples, from the doc comments of what src/index.ts exports. */

const CODE = /\b(?:[A-Z]+_[A-Z_]+|USAGE|CONFLICT|ABORTED)\b/g
const declarations = exportedDeclarations()
const ofKind = (...kinds) => declarations.filter(({ node }) => kinds.includes(node.type))
const isError = ({ node }) => node.type === 'ClassDeclaration' && node.id.name.endsWith('Error')

/** The interfaces that the one which Database implements is made of, each a group of its methods. */
function groupDeclarations() {
  const database = declarations.find(({ name }) => name === 'Database')
  const { node, file } = importedDeclaration(database.file, database.node.implements[0].expression.name)
  return node.extends.map(({ expression }) => importedDeclaration(file, expression.name))
}

/** The groups of a database's methods: `{ doc, members }`. */
export function databaseGroups() {
  return groupDeclarations().map((group) => ({ doc: group.doc, members: membersOf(group) }))
}

/** The fields and methods of an interface: `{ name, signature, type, doc }`. */
export function membersOf({ node, file }) {
  return node.body.body.map((member) => {
    const text = file.text.slice(member.start, member.end)
    const type = member.typeAnnotation?.typeAnnotation
    return {
      name: member.computed ? `[${file.text.slice(member.key.start, member.key.end)}]` : member.key.name,
      optional: member.optional,
      signature: flat(text),
      type: type && flat(file.text.slice(type.start, type.end)),
      doc: docBefore(file, member.start),
    }
  })
}

/** Functions that index.ts exports: `{ name, signature, doc }`. */
export function functions() {
  return ofKind('FunctionDeclaration').map(({ name, node, file, doc }) => ({
    name,
    signature: flat(file.text.slice(node.start, node.body.start))
      .replace(/^async /, '')
      .replace(/ = \{\}/g, ' = {}'),
    doc,
  }))
}

/** Types that index.ts exports, by name: `{ name, node, file, doc }`. */
export function types() {
  return ofKind('TSInterfaceDeclaration', 'TSTypeAliasDeclaration').toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The types that public signatures and fields name, and index.ts does not export. */
export function unexportedTypes() {
  const named = new Set()
  const parameters = new Set()
  const visit = (node) => {
    if (node?.type === 'TSTypeParameter') parameters.add(node.name.name ?? node.name)
    if (node?.type === 'TSTypeReference' && node.typeName.type === 'Identifier') named.add(node.typeName.name)
    for (const [key, child] of Object.entries(node ?? {}))
      if (key !== 'body' || node.type !== 'FunctionDeclaration')
        for (const each of [child].flat()) if (typeof each === 'object') visit(each)
  }
  for (const { node } of groupDeclarations()) visit(node)
  for (const each of [...types(), ...ofKind('FunctionDeclaration')]) visit(each.node)
  return [...named]
    .filter((name) => !parameters.has(name) && !declarations.some((each) => each.name === name))
    .toSorted()
}

/** The text of docs/api.md. */
export function apiReference() {
  const database = declarations.find(({ name }) => name === 'Database')
  const parts = [
    '# The library',
    'Written by `npm run docs` from the doc comments in `src/`. What a word such as ref, key or mode means stands in the [guide](guide.md), every error in [errors](errors.md). Where an option is left out, its default counts.',
    '## Functions',
    ...functions().flatMap(described),
    '## Database',
    database.doc.text.split('\n\n')[0].replaceAll('\n', ' '),
    ...databaseGroups().flatMap(({ doc, members }) => [
      `### ${doc.text.replace(/\.$/, '')}`,
      ...members.flatMap(described),
    ]),
    '## Errors',
    declarations
      .filter(isError)
      .map(({ name, doc }) => `- \`${name}\`: ${flat(doc.text)}`)
      .join('\n'),
    '## Types',
    ...types().flatMap(typeDescribed),
  ]
  return `${parts.join('\n\n')}\n`
}

/** The text of test/types/examples.ts: the compiler reads every example. */
export function examples() {
  const all = [...functions(), ...databaseGroups().flatMap(({ members }) => members)]
  const names = declarations.filter(({ node }) => !node.type.startsWith('TS') && node.type !== 'ClassDeclaration')
  const blocks = all.map(({ name, doc }) => {
    const lines = doc.example.split('\n').map((line) => `    ${line}`)
    const used = [...doc.example.matchAll(/^const (?:(\w+)|[[{](.*)[\]}]) =/gm)].flatMap(([, one, several]) =>
      one ? [one] : several.split(',').map((each) => each.trim()),
    )
    return [`  // ${name}`, '  {', ...lines, ...used.map((each) => `    void ${each}`), '  }'].join('\n')
  })
  const imported = [...names.map(({ name }) => name).toSorted(), 'type Database']
  const line = `import { ${imported.join(', ')} } from '../../dist/index.js'`
  // As the formatter has it.
  const wrapped = `import {\n${imported.map((name) => `  ${name},\n`).join('')}} from '../../dist/index.js'`
  return `${line.length > 120 ? wrapped : line}

/* Written by \`npm run docs\` from the examples in the doc comments; checked by \`tsc -p tsconfig.test.json\`, never run. */

export async function examples(db: Database): Promise<void> {
${blocks.join('\n')}
}
`
}

function described({ name, signature, doc }) {
  const lines = [
    ...doc.params.map(([param, text]) => `- \`${param}\`: ${text}`),
    ...(doc.returns ? [`- returns ${doc.returns}`] : []),
    ...doc.throws.map((text) => `- throws ${text.replace(/^\{(\w+)\}/, '`$1`').replace(CODE, '`$&`')}`),
  ]
  return [
    `#### ${name.replace(/^\[|\]$/g, '')}`,
    `\`\`\`ts\n${signature}\n\`\`\``,
    flat(doc.text),
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    `\`\`\`ts\n${doc.example}\n\`\`\``,
  ]
}

function typeDescribed(declaration) {
  const { name, node, file, doc } = declaration
  const head = [`#### ${name}`, ...(doc ? [flat(doc.text)] : [])]
  if (node.type === 'TSTypeAliasDeclaration')
    return [...head, `\`\`\`ts\n${flat(file.text.slice(node.start, node.end))}\n\`\`\``]
  const bases = node.extends.map(({ start, end }) => `\`${flat(file.text.slice(start, end))}\``)
  const rows = membersOf(declaration).map(
    ({ name: field, optional, type, signature, doc: about }) =>
      `| \`${field}${optional ? '?' : ''}\` | \`${(type ?? signature).replaceAll('|', '\\|')}\` | ${flat(about?.text ?? '').replaceAll('|', '\\|')} |`,
  )
  return [
    ...head,
    ...(bases.length > 0 ? [`Has the fields of ${bases.join(' and ')}, too.`] : []),
    ['| field | type | |', '|---|---|---|', ...rows].join('\n'),
  ]
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync('docs/api.md', apiReference())
  writeFileSync('test/types/examples.ts', examples())
}
