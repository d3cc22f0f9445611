import type { Output } from '../text/output.ts'
import { alignedTable } from '../text/table.ts'
import type { Block } from './blocks.ts'

/** Writes a review for a terminal, or a log. */
export function writeText(blocks: readonly Block[], out: Output): void {
  for (const block of blocks)
    if ('heading' in block) out.line(`${block.level === 1 ? '' : '\n'}${out.paint('bold', block.heading)}`)
    else if ('text' in block) out.line(block.text)
    else
      for (const line of alignedTable(block.head, block.rows, { columns: out.columns, paint: out.paint }))
        out.line(line.trimEnd())
}

/** A review for a pull request's comment. What a cell holds is code, in which nothing is a link, a mention or markup. */
export function markdownOf(blocks: readonly Block[]): string {
  const code = (text: string): string => (text === '' ? '' : `<code>${inert(text)}</code>`)
  const row = (cells: readonly string[]): string => `| ${cells.map(code).join(' | ')} |`
  const lines = blocks.map((block) => {
    if ('heading' in block) return `${'#'.repeat(block.level + 1)} ${code(block.heading)}`
    if ('text' in block) return `- ${code(block.text)}`
    return [row(block.head), `|${' --- |'.repeat(block.head.length)}`, ...block.rows.map(row)].join('\n')
  })
  return `${lines.join('\n\n')}\n`
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color-scheme:light dark}' +
  'div{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #8888;padding:.2rem .6rem;text-align:left;unicode-bidi:isolate}'

/** A review as one file that opens offline. It has no script, and may load nothing; what a cell holds is text. */
export function htmlOf(blocks: readonly Block[]): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${inert(cell)}</${tag}>`).join('')}</tr>`
  const body = blocks.map((block) => {
    if ('heading' in block) return `<h${block.level}>${inert(block.heading)}</h${block.level}>`
    if ('text' in block) return `<p>${inert(block.text)}</p>`
    const rows = block.rows.map((cells) => row(cells, 'td')).join('\n')
    return `<div><table><thead>${row(block.head, 'th')}</thead><tbody>\n${rows}\n</tbody></table></div>`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Review</title><style>${STYLE}</style></head><body>
${body.join('\n')}
</body></html>
`
}

/** A text of which no character means anything in HTML or Markdown. */
function inert(text: string): string {
  return text.replace(/[\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
