import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/bin/doltflow.js', import.meta.url))

export interface Answered {
  result?: any
  error?: { code: string; message: string; retryable: boolean; data: Record<string, unknown>; kind: string }
  /** What was told meanwhile. */
  progress: Record<string, unknown>[]
}

/** A real `doltflow serve --stdio`, and its client. */
export class ServedProcess {
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  readonly greeting: Promise<any>
  readonly #waiting = new Map<number, { resolve(answer: Answered): void; progress: Record<string, unknown>[] }>()
  #lastId = 0

  constructor(folder: string, words: readonly string[] = [], env: Record<string, string> = {}) {
    this.process = spawn(process.execPath, [MAIN, 'serve', '--stdio', ...words], {
      cwd: folder,
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.ended = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)))
    const lines = createInterface({ input: this.process.stdout! })
    this.greeting = new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line))))
    lines.on('line', (line) => this.#hear(JSON.parse(line)))
  }

  /** Asks, and gives the whole answer; `id` is that of the request. */
  ask(verb: string, params: Record<string, unknown> = {}, db?: number): Promise<Answered> & { id: number } {
    const id = ++this.#lastId
    const answer = new Promise<Answered>((resolve) => this.#waiting.set(id, { resolve, progress: [] }))
    this.send(JSON.stringify({ id, verb, params, ...(db === undefined ? {} : { db }) }))
    return Object.assign(answer, { id })
  }

  /** Asks, and expects a result. */
  async call(verb: string, params: Record<string, unknown> = {}, db?: number): Promise<any> {
    const { result, error } = await this.ask(verb, params, db)
    if (error) throw new Error(`${verb}: ${error.code} ${error.message}`)
    return result
  }

  send(line: string): void {
    this.process.stdin!.write(`${line}\n`)
  }

  /** Ends its input, and gives its exit status. */
  end(): Promise<number | null> {
    this.process.stdin!.end()
    return this.ended
  }

  #hear({ id, progress, ...answer }: { id: number; progress?: Record<string, unknown> }): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    if (progress) return void waiting.progress.push(progress)
    this.#waiting.delete(id)
    waiting.resolve({ ...answer, progress: waiting.progress })
  }
}
