import type { TlsOptions } from '../engines/dolt/connection/address.ts'
import type { Sink } from '../sinks/sink.ts'

/** Defaults of an opened database; each verb may say otherwise. */
export interface OpenOptions {
  /** The default branch of loads and saves. Default: `main` */
  branch?: string | undefined
  /** `Name <email>`. Default: user@host */
  author?: string | undefined
  /** Whether the first save may make the database. Default: true */
  create?: boolean | undefined
  /** Where every action goes, beside the database's own table. Default: nowhere else */
  sinks?: readonly Sink[] | undefined
  /** The workflow manager's name for this execution. Default: none */
  run?: string | undefined
  /** In a run: the branch that it is published to, whose name then means `branch`. Default: it is no run */
  into?: string | undefined
  /** The workflow manager's name for the task in it. Default: none */
  step?: string | undefined
  /** The password of a server's user. Default: the URL's, else DOLTFLOW_PASSWORD or MYSQL_PWD */
  password?: string | undefined
  /** Names of databases, with the URL of each here: handles carry the name, so that other machines may have the database elsewhere. Default: none */
  databases?: Readonly<Record<string, string>> | undefined
  /** How a server is spoken to over TLS. Default: as the URL says */
  tls?: TlsOptions | undefined
  /** Pulled before and pushed after each save: a URL or a saved name. Default: none */
  remote?: string | undefined
}
