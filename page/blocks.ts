import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { BLOCK, questionOf } from '../src/cli/ui/question.ts'
import { ask, type AskError } from './ask.ts'

/** How many such parts are kept. */
const KEPT = 30
/** How long, in ms, a scroll bar must rest before rows are fetched. */
const REST = 60

export interface Blocks<T> {
  /** The part with a row; undefined while it is fetched. */
  of(index: number): T | undefined
  seen(first: number, count: number): void
  error: AskError | undefined
}

/** Parts of a long list, fetched as they come into sight. What has gone out of sight before it came is not waited for. */
export function useBlocks<T>(
  question: (from: number) => readonly [name: string, params: Record<string, string | number | undefined>],
): Blocks<T> {
  const [blocks, setBlocks] = useState<ReadonlyMap<number, T>>(new Map())
  const [error, setError] = useState<AskError>()
  const [wanted, setWanted] = useState<readonly number[]>([])
  const having = useRef(blocks)
  having.current = blocks
  const id = questionOf(...question(0))
  useEffect(() => {
    setBlocks(new Map())
    setError(undefined)
  }, [id])
  useEffect(() => {
    const controller = new AbortController()
    const timer = setTimeout(async () => {
      for (const block of wanted)
        if (!having.current.has(block))
          try {
            const found = await ask<T>(questionOf(...question(block * BLOCK)), controller.signal)
            setBlocks((known) => new Map([...[...known].slice(-KEPT), [block, found]]))
          } catch (failure) {
            if (!controller.signal.aborted) setError(failure as AskError)
            return
          }
    }, REST)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [id, wanted.join()])
  const seen = useCallback((first: number, count: number) => {
    const [from, to] = [Math.floor(first / BLOCK), Math.floor((first + count) / BLOCK)]
    setWanted(from === to ? [from] : [from, to])
  }, [])
  return { of: (index) => blocks.get(Math.floor(index / BLOCK)), seen, error }
}
