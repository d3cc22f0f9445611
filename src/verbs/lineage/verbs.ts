/* What `Database` calls of lineage. */

export { lineage, type Lineage, type LineageOptions } from './lineage.ts'
export { recall, type Recall } from './recall.ts'
export { trace, type Trace, type TraceOptions } from './trace.ts'
