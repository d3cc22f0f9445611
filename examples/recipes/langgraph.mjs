// A graph in LangGraph.js. Run: node langgraph.mjs
import { Annotation, END, MemorySaver, START, StateGraph } from '@langchain/langgraph'
import { closeDatabases, tableStep, useDatabases } from 'doltflow/step'
import { begin, clean, tell, total } from './steps.mjs'

await begin()
useDatabases({ pipeline: 'pipeline.db' })

const tables = (name, work) => async (state, config) => {
  const { taskId, threadId } = config.executionInfo
  const step = { id: `${threadId}/${taskId}`, run: threadId, name, signal: config.signal }
  return { [name]: await tableStep('pipeline', step, (t) => work(t, state)) }
}

const retryPolicy = {
  maxAttempts: 3,
  // What would fail again is not tried again.
  retryOn: (error) => error.retryable !== false,
}
const graph = new StateGraph(Annotation.Root({ clean: Annotation(), total: Annotation() }))
  .addNode('makeClean', tables('clean', clean), { retryPolicy })
  .addNode('makeTotal', tables('total', (t, state) => total(t, state.clean)), { retryPolicy })
  .addEdge(START, 'makeClean')
  .addEdge('makeClean', 'makeTotal')
  .addEdge('makeTotal', END)
  .compile({ checkpointer: new MemorySaver() })

const state = await graph.invoke({}, { configurable: { thread_id: 'night-1' } })
await closeDatabases()
await tell(state.total)
