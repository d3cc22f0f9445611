import { UsageError } from '../errors.ts'
import type { FileReadOptions, FileWriteOptions, TextReadOptions, TextWriteOptions } from './format.ts'

interface Rule {
  fits(value: unknown): boolean
  rule: string
}

const TEXT: Rule = { fits: (value) => typeof value === 'string', rule: 'it must be text' }
const SWITCH: Rule = { fits: (value) => typeof value === 'boolean', rule: 'it must be true or false' }
const DELIMITED = { delimiter: TEXT, quote: TEXT, header: SWITCH }

/** What the values of options of reading must be. Some have further rules, which their formats know. */
export const READ_VALUES: Partial<Record<keyof TextReadOptions | keyof FileReadOptions, Rule>> = {
  ...DELIMITED,
  nulls: {
    fits: (value) => Array.isArray(value) && value.every((text) => typeof text === 'string'),
    rule: 'it must be a list of texts',
  },
  sheet: {
    fits: (value) => typeof value === 'string' || typeof value === 'number',
    rule: "it must be a sheet's name, or its number",
  },
}

/** The same for writing. */
export const WRITE_VALUES: Partial<Record<keyof TextWriteOptions | keyof FileWriteOptions, Rule>> = {
  ...DELIMITED,
  null: TEXT,
  excelSafe: SWITCH,
  sheet: { fits: (value) => typeof value === 'string', rule: 'it must be the name that the sheet gets, as text' },
}

/**
 * Refuses what is not of an option's type: it goes to another process, and a function can't even be sent there.
 * @throws {UsageError} OPTION_INVALID
 */
export function requireValues(options: Partial<Record<string, unknown>>, rules: Partial<Record<string, Rule>>): void {
  for (const [option, value] of Object.entries(options)) {
    const rule = rules[option]
    if (value === undefined || !rule || rule.fits(value)) continue
    const shown = described(value)
    throw new UsageError('OPTION_INVALID', `The option ${option} is ${shown}: ${rule.rule}.`, {
      data: { option, value: shown },
    })
  }
}

/** Of objects no more than their kind: what they are made of may be anything. */
function described(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'object':
      return value === null ? 'null' : 'an object'
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    default:
      return String(value)
  }
}
