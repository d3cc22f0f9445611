import { parseType, pinnedScale, storedAs } from '../../model/column-type.ts'
import type { ColumnType } from '../../types.ts'
import { fitOf, misfitOf } from './type-fit.ts'

/** Why a column's type refuses a cell: `"1.50" would come back as 1.5, …` */
export function misfitText(text: string, type: ColumnType): string {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  const data = parseType(type)
  if (data && fitOf(type)) return `${shown} is ${misfitOf(data)}, and the column's type is ${type}`
  const number = text.trim() === '' ? Number.NaN : Number(text)
  const scale = pinnedScale(type)
  const isInteger = storedAs(type) === 'integer'
  if (!Number.isFinite(number)) return `${shown} is no number, and the column's type is ${type}`
  if (scale >= 0) return `${shown} is not written with ${scale} decimals, as the column's type ${type} asks`
  if (isInteger && !/^[+-]?\d+$/.test(text)) return `${shown} is no whole number, and the column's type is ${type}`
  const back = isInteger ? String(BigInt(text.replace(/^\+/, ''))) : String(number)
  return back === text
    ? `${shown} is beyond what the column's type ${type} holds`
    : `${shown} would come back as ${back}, and the column's type ${type} keeps no spelling`
}
