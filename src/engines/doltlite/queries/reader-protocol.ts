import type { DoltflowError } from '../../../errors.ts'
import type { TextWriteOptions } from '../../../formats/format.ts'
import type { Hash } from '../../../types.ts'
import type { Query } from '../../engine.ts'
import { queryLimit } from '../../refusals.ts'

/* What a reader's process and its client say to each other. */

/** How much memory a query may take where nobody says, in MB. */
export const MEMORY_MB = 1024
/** What the process has besides: Node, and the pages on their way. */
export const ROOM_MB = 256

/** What a reader does, for one query at a time. */
export interface ReaderCalls {
  /** Runs a query; its pages are rows, or delimited text if that is asked for. */
  open(commit: Hash, query: Query, text: TextWriteOptions | undefined): { columns: string[]; tables: string[] }
  next(): unknown
  close(): void
}

export function memoryLimit(memoryMb: number): DoltflowError {
  return queryLimit(`more memory than it may (${memoryMb} MB)`)
}
