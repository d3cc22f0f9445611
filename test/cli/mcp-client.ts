import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const MAIN = fileURLToPath(new URL('../../dist/bin/doltflow.js', import.meta.url))

export interface Told {
  isError: boolean
  /** The document, as the text has it; the same as the structured content. */
  document: any
  bytes: number
}

/** A real `doltflow mcp`, and the SDK's own client. */
export class McpProcess {
  readonly client: Client = new Client({ name: 'test', version: '1' })
  readonly transport: StdioClientTransport

  constructor(folder: string, words: readonly string[] = [], env: Record<string, string> = {}) {
    this.transport = new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, 'mcp', ...words],
      cwd: folder,
      stderr: 'pipe',
      env: {
        PATH: process.env['PATH']!,
        HOME: folder,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_SYSTEM: '/dev/null',
        ...env,
      },
    })
  }

  static async in(folder: string, words?: readonly string[], env?: Record<string, string>): Promise<McpProcess> {
    const one = new McpProcess(folder, words, env)
    await one.client.connect(one.transport)
    return one
  }

  async call(name: string, args: Record<string, unknown> = {}, options: { signal?: AbortSignal } = {}): Promise<Told> {
    const { content, structuredContent, isError } = await this.client.callTool({ name, arguments: args }, options)
    const [block, ...more] = content
    if (block?.type !== 'text' || more.length > 0) throw new Error(`${name} answered with no text`)
    const document = JSON.parse(block.text)
    if (JSON.stringify(structuredContent) !== block.text) throw new Error(`${name} has two answers`)
    return { isError: isError ?? false, document, bytes: Buffer.byteLength(block.text) }
  }

  /** Calls, and expects a result. */
  async ok(name: string, args: Record<string, unknown> = {}): Promise<any> {
    const { isError, document } = await this.call(name, args)
    if (isError) throw new Error(`${name}: ${JSON.stringify(document)}`)
    return document
  }

  /** Calls, and expects a refusal. */
  async refused(name: string, args: Record<string, unknown> = {}): Promise<any> {
    const { isError, document } = await this.call(name, args)
    if (!isError) throw new Error(`${name} was not refused: ${JSON.stringify(document)}`)
    return document.error
  }

  get pid(): number {
    return this.transport.pid!
  }
}
