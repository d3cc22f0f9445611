import type { JSX } from 'preact'
import { useAsk } from './ask.ts'
import { Dialog } from './dialog.tsx'
import { Answered } from './shown.tsx'

/** All of a long text. */
export function WholeCell({
  table,
  at,
  row,
  column,
  onClose,
}: {
  table: string
  at: string | undefined
  row: string
  column: string
  onClose: () => void
}): JSX.Element {
  const asked = useAsk<{ text: string | null }>('cell', { table, at, key: row, column })
  return (
    <Dialog title={column} onClose={onClose}>
      <Answered asked={asked}>
        {({ text }) => (
          <pre class="whole" tabIndex={0}>
            <bdi>{text}</bdi>
          </pre>
        )}
      </Answered>
    </Dialog>
  )
}
