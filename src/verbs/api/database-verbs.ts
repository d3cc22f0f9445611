import type { BranchVerbs } from './branches.ts'
import type { CareVerbs } from './care.ts'
import type { CheckVerbs } from './checks.ts'
import type { HistoryVerbs } from './history.ts'
import type { LineageVerbs } from './lineage.ts'
import type { RemoteVerbs } from './remotes.ts'
import type { RunVerbs } from './runs.ts'
import type { StepVerbs } from './steps.ts'
import type { TableVerbs } from './tables.ts'

/** All that an opened database can do. @typeParam Db what the work of a run is given */
export interface DatabaseVerbs<Db>
  extends
    TableVerbs,
    HistoryVerbs,
    BranchVerbs,
    RemoteVerbs,
    CareVerbs,
    RunVerbs<Db>,
    StepVerbs,
    CheckVerbs,
    LineageVerbs {}
