import { UsageError } from '../errors.ts'

/** A number of rows or commits. @throws {UsageError} OPTION_INVALID */
export function limitOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new UsageError('OPTION_INVALID', `${option} is a whole number from 1 on, not ${JSON.stringify(text)}.`, {
      data: { option, value: text },
    })
  return Number(text)
}
