import { UsageError } from '../../errors.ts'
import { option } from '../../model/advice.ts'
import { widened } from '../../model/type-lattice.ts'
import { either } from '../../spelling.ts'
import type { Column, ColumnType, Schema } from '../../types.ts'

export interface TypePlan {
  /** What the table is already; undefined for its first save. */
  schema: Schema | undefined
  /** Types that the caller pins, by column. */
  types: Record<string, ColumnType>
  /** Whether rows that the table has stay: then a column takes another type only if their cells are the same in it. Default: false */
  rowsStay?: boolean | undefined
}

/** The columns of a source: of each its type, and whether the source declares it, so that all its cells fit. */
export class ColumnTypes {
  readonly columns: Column[]
  readonly #plan: TypePlan
  readonly #declared = new Set<string>()

  /**
   * @param declared what the source says, by column
   * @throws {UsageError} OPTION_INVALID: a type for a column that is not there
   */
  constructor(names: string[], plan: TypePlan, declared: readonly ColumnType[] | undefined) {
    this.#plan = plan
    const unknown = Object.keys(plan.types).find((name) => !names.includes(name))
    if (unknown !== undefined)
      throw new UsageError(
        'OPTION_INVALID',
        `${either('The option types names', '--type names')} the column ${unknown}, which the source doesn't have. It has ${names.join(', ')}.`,
        { data: { column: unknown, columns: names } },
      )
    this.columns = names.map((name, index) => {
      const pinned = this.pinned(name)
      if (pinned !== undefined) return { name, type: pinned }
      const coming = declared?.[index] ?? 'any'
      const there = this.#there(name)
      const both = there === undefined ? coming : widened(there, coming)
      if (there !== undefined && this.#stays(name, both)) return { name, type: there }
      if (coming !== 'any' && both !== 'any') this.#declared.add(name)
      return { name, type: both }
    })
  }

  isDeclared(name: string): boolean {
    return this.#declared.has(name)
  }

  /** A column may be called `__proto__`. */
  pinned(name: string): ColumnType | undefined {
    return Object.hasOwn(this.#plan.types, name) ? this.#plan.types[name] : undefined
  }

  /** A further source declares its types: a column whose type comes from the source takes what holds both. */
  widen(types: readonly ColumnType[]): void {
    this.columns.forEach((column, index) => {
      if (!this.isDeclared(column.name)) return
      const both = widened(column.type, types[index]!)
      if (this.#there(column.name) !== undefined && this.#stays(column.name, both))
        throw new UsageError(
          'OPTION_INVALID',
          `The files have the column ${column.name} as ${column.type} and as ${types[index]!}, and the table's rows, which stay, can't have both. Save one file after the other, or all rows with ${option('mode', 'replace')}.`,
          { data: { column: column.name, option: 'mode' } },
        )
      column.type = both
    })
  }

  #there(name: string): ColumnType | undefined {
    return this.#plan.schema?.columns.find((column) => column.name === name)?.type
  }

  #stays(name: string, both: ColumnType): boolean {
    return this.#plan.rowsStay === true && (both === 'any' || this.#plan.schema!.key.includes(name))
  }
}
