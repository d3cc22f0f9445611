import type { NotedBranch, NotedTag } from '../src/types.ts'
import type { Status } from '../src/verbs/status.ts'

/** What the page knows of the database on each of its views. */
export interface DatabaseInfo extends Omit<Status, 'branches'> {
  version: string
  name: string
  /** Whether the page may write. */
  writes: boolean
  branches: NotedBranch[]
  tags: NotedTag[]
}
