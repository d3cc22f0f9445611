import { durable } from './durable.ts'
import { startPostgres } from './postgres.ts'

durable({
  name: 'DBOS',
  program: 'dbos.mjs',
  start: ({ folder }) => startPostgres(folder),
  example: { folder: 'dbos', env: (at) => ({ DBOS_SYSTEM_DATABASE_URL: at.replace(/dbos$/, 'example') }) },
  cancelled: /cancel/i,
})
