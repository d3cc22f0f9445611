export { checkNames } from './header.ts'
export { csvSpans } from './spans.ts'
export { csvWriter, quoteCell } from './writer.ts'
