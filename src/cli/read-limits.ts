import { UsageError } from '../errors.ts'
import type { ReadLimits } from '../verbs/read-limits.ts'
import { limitOf } from './limits.ts'

/** How much reading may take, as a verb's options. */
export const limitOptions = {
  timeout: {
    type: 'string',
    value: 'T',
    about: 'End it when it takes longer, as 500ms, 30s, 5m or 2h. Default: as long as it takes',
  },
  'max-rows': { type: 'string', value: 'N', about: 'End it when there are more rows. Default: any number' },
  'max-memory': { type: 'string', value: 'MB', about: 'End a query that needs more memory (DoltLite). Default: 1024' },
} as const

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

interface Given {
  timeout?: string
  'max-rows'?: string
  'max-memory'?: string
}

/** @throws {UsageError} OPTION_INVALID */
export function limitsOf(values: Given): ReadLimits {
  const limits = {
    timeout: timeOf(values.timeout),
    maxRows: limitOf(values['max-rows'], '--max-rows'),
    maxMemory: limitOf(values['max-memory'], '--max-memory'),
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}

/** A time in ms; a number without a unit is of seconds. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, number, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? []
  const ms = Math.round(Number(number) * UNITS[unit]!)
  if (ms >= 1) return ms
  throw new UsageError('OPTION_INVALID', `--timeout is a time such as 500ms, 30s or 5m, not ${JSON.stringify(text)}.`, {
    data: { option: '--timeout', value: text },
  })
}
