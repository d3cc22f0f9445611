import type { Session } from '../../engines/engine.ts'
import { isConflict, type Cells } from '../../engines/merge-row.ts'
import { keyCellsText } from '../../model/key-text.ts'
import type { ColumnType, Conflict, Hash, Schema, Value } from '../../types.ts'

/** A row in conflict, looked at cell by cell. */
export interface RowConflict {
  /** As the merge listed it. */
  conflict: Conflict
  table: string
  keyText: string
  /** The columns of the merged table, and the cells of the three versions in their order. */
  names: string[]
  types: ColumnType[]
  key: string[]
  base: Cells | null
  ours: Cells | null
  theirs: Cells | null
  /** The places of the cells that conflict; none if one side deleted the row. */
  places: number[]
}

/** Reads conflicts as a merge of two commits lists them. */
export class ConflictReader {
  readonly #session: Session
  readonly #sides: { ours: Hash; theirs: Hash }
  readonly #schemas = new Map<string, Promise<{ ours: Schema; theirs: Schema }>>()

  constructor(session: Session, sides: { ours: Hash; theirs: Hash }) {
    this.#session = session
    this.#sides = sides
  }

  async read(conflict: Conflict): Promise<RowConflict> {
    const { table } = conflict
    const schemas = await this.#schemasOf(table)
    const names = Object.keys((conflict.ours ?? conflict.theirs)!)
    const types = names.map((name) => (columnOf(schemas.ours, name) ?? columnOf(schemas.theirs, name))?.type ?? 'any')
    const base = cellsOf(conflict.base, names)
    const ours = cellsOf(conflict.ours, names, schemas.ours)
    const theirs = cellsOf(conflict.theirs, names, schemas.theirs)
    const conflicts = (at: number): boolean =>
      isConflict({ base: base && [base[at]], ours: [ours![at]], theirs: [theirs![at]] })
    return {
      conflict,
      table,
      keyText: keyCellsText(conflict.key, schemas.ours),
      names,
      types,
      key: schemas.ours.key,
      base,
      ours,
      theirs,
      places: ours && theirs ? [...names.keys()].filter(conflicts) : [],
    }
  }

  #schemasOf(table: string): Promise<{ ours: Schema; theirs: Schema }> {
    const known =
      this.#schemas.get(table) ??
      Promise.all([
        this.#session.schema(this.#sides.ours, table),
        this.#session.schema(this.#sides.theirs, table),
      ]).then(([ours, theirs]) => ({ ours: ours!, theirs: theirs! }))
    this.#schemas.set(table, known)
    return known
  }
}

function columnOf(schema: Schema, name: string): Schema['columns'][number] | undefined {
  return schema.columns.find((column) => column.name === name)
}

/** @param schema of the side; a column that it doesn't have is undefined */
function cellsOf(row: Record<string, Value> | null, names: readonly string[], schema?: Schema): Cells | null {
  return row && names.map((name) => (schema && !columnOf(schema, name) ? undefined : row[name]!))
}
