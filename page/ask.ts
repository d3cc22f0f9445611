import { useEffect, useState } from 'preact/hooks'
import { questionOf, type QuestionParams } from '../src/cli/ui/question.ts'

/** An error of doltflow's, as the command line's `--json` has it. */
export class AskError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

declare global {
  interface Window {
    /** What a copy made by `doltflow ui --export` holds: answers by what was asked. */
    DOLTFLOW_EXPORT?: { answers: Record<string, unknown>; leftOut: string[]; made: string }
  }
}

/** A copy that was made with `--export`; undefined if a server answers. */
export const copy = window.DOLTFLOW_EXPORT

const token = new URLSearchParams(location.search).get('token') ?? ''

/** Asks the server, or the copy. @throws {AskError} what doltflow says */
export async function ask<T>(question: string, signal?: AbortSignal): Promise<T> {
  if (copy) {
    if (Object.hasOwn(copy.answers, question)) return copy.answers[question] as T
    throw new AskError('NOT_IN_COPY', 'This copy does not have that. Start doltflow ui to see all.')
  }
  return fetched<T>(question, signal ? { signal } : {})
}

/** Has the server do something. @throws {AskError} what doltflow says */
export function tell<T>(name: string, what: object): Promise<T> {
  return fetched<T>(name, {
    method: 'POST',
    body: JSON.stringify(what),
    headers: { 'content-type': 'application/json' },
  })
}

async function fetched<T>(path: string, init: RequestInit): Promise<T> {
  const headers = { ...init.headers, authorization: `Bearer ${token}` }
  const response = await fetch(`api/${path}`, { ...init, headers }).catch((error: Error) => {
    if (error.name === 'AbortError') throw error
    throw new AskError(
      'GONE',
      'doltflow ui does not answer any more. Start it again, and open the address that it prints.',
    )
  })
  const document = (await response.json()) as T & { error?: { code: string; message: string } }
  if (document.error) throw new AskError(document.error.code, document.error.message)
  return document
}

export interface Asked<T> {
  data?: T | undefined
  error?: AskError | undefined
  /** Asks again. */
  again(): void
}

/** What a question is answered. While a new one is asked, there is no answer. */
export function useAsk<T>(name: string | undefined, params: QuestionParams = {}): Asked<T> {
  const question = name === undefined ? undefined : questionOf(name, params)
  const [time, setTime] = useState(0)
  const [state, setState] = useState<{ of?: string; data?: T; error?: AskError }>({})
  useEffect(() => {
    if (question === undefined) return
    const controller = new AbortController()
    ask<T>(question, controller.signal).then(
      (data) => setState({ of: question, data }),
      (error: AskError) => {
        if (!controller.signal.aborted) setState({ of: question, error })
      },
    )
    return () => controller.abort()
  }, [question, time])
  const known = state.of === question ? state : {}
  return { data: known.data, error: known.error, again: () => setTime((last) => last + 1) }
}
