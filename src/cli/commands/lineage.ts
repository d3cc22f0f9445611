import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { LINEAGE_FORMATS, lineageText } from '../lineage-text.ts'

const options = {
  run: { type: 'string', value: 'ID', about: 'Only what this run did' },
  format: {
    type: 'string',
    value: LINEAGE_FORMATS.join('|'),
    choices: LINEAGE_FORMATS,
    about: 'How it is written. Default: text',
  },
} as const

export const lineage: Command = command({
  positionals: [
    { name: 'TABLE', about: 'What leads to this table, and what it leads to. Default: all', optional: true },
  ],
  options,
  note: 'Each step stands there as it was done last. mermaid is what GitHub shows as a picture; dot is for Graphviz.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow step copy --in foo --out bar --key a -- cp {foo} {bar}',
    'doltflow lineage bar --format mermaid',
  ],
  run: answer,
})

export { lineage as command }

async function answer(call: Call<typeof options>): Promise<void> {
  const { values, positionals } = call
  const [table] = positionals
  const db = await call.open()
  const graph = await db.lineage({
    ...(table === undefined ? {} : { table }),
    ...(values.run === undefined ? {} : { run: values.run }),
  })
  call.answer(graph, (out) => {
    const lines = lineageText(graph, values.format ?? 'text')
    for (const line of lines) out.line(line)
    if (graph.edges.length === 0) out.line('Nothing is recorded that made one table of another.')
  })
}
