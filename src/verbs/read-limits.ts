import type { QueryLimits } from '../engines/engine.ts'
import { queryLimit } from '../engines/refusals.ts'

/** How much reading may take: for callers who run other people's SQL, above all. */
export interface ReadLimits {
  /** How long it may take, in ms, to the last row (QUERY_TIMEOUT). Default: as long as it takes */
  timeout?: number | undefined
  /** How many rows there may be (QUERY_LIMIT). Default: any number */
  maxRows?: number | undefined
  /** How much memory a query may need, in MB (QUERY_LIMIT); a server has limits of its own. Default: 1,024 */
  maxMemory?: number | undefined
}

/** The limits that an engine keeps itself. */
export function queryLimits({ maxRows, maxMemory }: ReadLimits): QueryLimits {
  return {
    ...(maxRows === undefined ? {} : { rows: maxRows }),
    ...(maxMemory === undefined ? {} : { memoryMb: maxMemory }),
  }
}

/** @throws {DoltflowError} QUERY_LIMIT */
export function refuseMoreRows(rows: number, { maxRows }: ReadLimits): void {
  if (maxRows !== undefined && rows > maxRows) throw queryLimit(`more rows than it may (${maxRows})`)
}
