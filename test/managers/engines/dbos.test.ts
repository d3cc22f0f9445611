import { durable } from './durable.ts'
import { startPostgres } from './postgres.ts'

durable({ name: 'DBOS', program: 'dbos.mjs', start: ({ folder }) => startPostgres(folder), cancelled: /cancel/i })
