import { UsageError } from '../errors.ts'
import type { CheckRule } from '../model/check.ts'

/** How each kind of check is written. */
const FORMS: Readonly<Record<CheckRule['kind'], string>> = {
  'not-null': 'not-null COL',
  unique: 'unique COL…',
  range: 'range COL MIN MAX (* for none)',
  in: 'in COL VALUE…',
  matches: 'matches COL REGEX',
  references: 'references COL TABLE.COL',
  rows: 'rows MIN MAX (* for none)',
  'max-changed': 'max-changed 5%',
  'max-removed': 'max-removed 1%',
  sql: "sql 'SELECT …'",
}

/** The rule that words behind a check's name say. @throws {UsageError} USAGE */
export function ruleOf(words: readonly string[]): CheckRule {
  const [kind = '', first, ...rest] = words
  if (!Object.hasOwn(FORMS, kind)) throw wrong(`${JSON.stringify(kind)} is no kind of check`)
  const known = kind as CheckRule['kind']
  const [second, third] = rest
  const only = (count: number): boolean => words.length === count + 1 && words.every((word) => word !== '')
  switch (known) {
    case 'not-null':
      if (only(1)) return { kind: known, column: first! }
      break
    case 'unique':
      if (first !== undefined) return { kind: known, columns: [first, ...rest] }
      break
    case 'range':
      if (only(3)) return { kind: known, column: first!, min: open(second!), max: open(third!) }
      break
    case 'in':
      if (second !== undefined) return { kind: known, column: first!, values: rest }
      break
    case 'matches':
      if (only(2)) return { kind: known, column: first!, pattern: second! }
      break
    case 'references': {
      const [, table, foreignColumn] = /^(.+)\.([^.]+)$/s.exec(second ?? '') ?? []
      if (only(2) && table) return { kind: known, column: first!, table, foreignColumn: foreignColumn! }
      break
    }
    case 'rows':
      if (only(2)) return { kind: known, min: countOf(first!), max: countOf(second!) }
      break
    case 'max-changed':
    case 'max-removed':
      if (only(1) && /^\d+(\.\d+)?%?$/.test(first!)) return { kind: known, percent: Number(first!.replace('%', '')) }
      break
    case 'sql':
      if (only(1)) return { kind: known, sql: first! }
  }
  throw wrong(`write ${FORMS[known]}`)
}

function open(text: string): string | null {
  return text === '*' ? null : text
}

function countOf(text: string): number | null {
  if (text === '*') return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw wrong(`${JSON.stringify(text)} is no number of rows; write ${FORMS.rows}`)
}

function wrong(why: string): UsageError {
  return new UsageError('USAGE', `This is no check: ${why}. There are: ${Object.values(FORMS).join(', ')}.`, {
    data: { forms: Object.values(FORMS) },
  })
}
