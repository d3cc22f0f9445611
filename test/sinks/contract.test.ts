import { existsSync, readFileSync } from 'node:fs'
import { jsonlSink, type Action } from '../../dist/index.js'
import { sinkContract } from '../contract/sink.ts'

const heard: Action[] = []
sinkContract({
  name: 'callback',
  sink: () => (action) => heard.push(structuredClone(action)),
  told: () => heard,
  allLoads: true,
})

sinkContract({
  name: 'table',
  sink: () => undefined,
  told: (lab) => lab.database.actions().catch(() => []),
  allLoads: false,
})

sinkContract({
  name: 'jsonl',
  sink: (lab) => jsonlSink(`${lab.folder}/actions.jsonl`),
  told: (lab) => {
    const path = `${lab.folder}/actions.jsonl`
    return existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => ({ ...JSON.parse(line), notices: [] }) as Action)
      : []
  },
  allLoads: true,
})
