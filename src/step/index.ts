export { closeDatabases, useDatabases } from './databases.ts'
export { tableStep, type StepTables, type TableStepOptions, type TransactionOptions } from './table-step.ts'
export { isTableHandle, type TableHandle } from '../model/handle.ts'
