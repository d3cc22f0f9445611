/* What `Database` calls of steps. */

export { changes, type ChangesOptions } from './changes.ts'
export { beginStep, endStep, type EndStepOptions } from './held-steps.ts'
export { listSteps, why, type StepFilter } from './list-steps.ts'
export { plan, type PlannedStep, type PlanOptions } from './plan.ts'
export type { StepOptions, StepOutputs, StepPlan, StepResult, StepWork } from './step-options.ts'
export { planStep, step } from './step.ts'
