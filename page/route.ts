import { useEffect, useState } from 'preact/hooks'

/** Where one is: a view, and what it shows. The address says it, so that a link leads there again. */
export interface Route {
  view: string
  params: Readonly<Record<string, string>>
}

type Params = Readonly<Record<string, string | number | null | undefined>>

export function link(view: string, params: Params = {}): string {
  const given = Object.entries(params).flatMap(([key, value]) =>
    value === undefined || value === null || value === '' ? [] : [[key, String(value)]],
  )
  return `#/${view}${given.length === 0 ? '' : `?${new URLSearchParams(given)}`}`
}

export function go(view: string, params: Params = {}): void {
  location.hash = link(view, params)
}

/** Writes where one is into the address, without going anywhere. */
export function note(view: string, params: Params): void {
  history.replaceState(null, '', link(view, params))
}

function routeOf(hash: string): Route {
  const [, view = 'history', words = ''] = /^#\/([\w-]*)(?:\?(.*))?$/.exec(hash) ?? []
  return { view: view || 'history', params: Object.fromEntries(new URLSearchParams(words)) }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash))
  useEffect(() => {
    const changed = (): void => setRoute(routeOf(location.hash))
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}
