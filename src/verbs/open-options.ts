import type { TlsOptions } from '../engines/dolt/connection/address.ts'
import type { Sink } from '../sinks/sink.ts'

/** Defaults of an opened database; each verb may say otherwise. */
export interface OpenOptions {
  /** The default branch of loads and saves. Default: `main` */
  branch?: string
  /** `Name <email>`. Default: user@host */
  author?: string
  /** Whether the first save may make the database. Default: true */
  create?: boolean
  /** Where every action goes, beside the database's own table. Default: nowhere else */
  sinks?: readonly Sink[]
  /** The workflow manager's name for this execution. Default: none */
  run?: string
  /** The workflow manager's name for the task in it. Default: none */
  step?: string
  /** The password of a server's user. Default: the URL's, else DOLTFLOW_PASSWORD or MYSQL_PWD */
  password?: string
  /** How a server is spoken to over TLS. Default: as the URL says */
  tls?: TlsOptions
  /** Pulled before and pushed after each save: a URL or a saved name. Default: none */
  remote?: string
}
