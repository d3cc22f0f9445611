import type { ComponentChildren, JSX } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Browsers draw nothing that is higher than 17 to 33 million pixels; up to here a row has its own. */
const MOST_PIXELS = 10_000_000

export interface VirtualRowsProps {
  /** For screen readers. */
  label: string
  total: number
  /** In pixels; all rows are equally high. */
  rowHeight: number
  columns: number
  header: ComponentChildren
  row: (index: number) => ComponentChildren
  /** The row that is shown first at first. */
  start: number
  /** Called with the rows that are to be seen. */
  onSeen: (first: number, count: number) => void
}

/**
 * Rows of which only those in sight are drawn. Beyond MOST_PIXELS the scroll bar is a scale: the wheel and the keys still move by rows.
 */
export function VirtualRows({
  label,
  total,
  rowHeight,
  columns,
  header,
  row,
  start,
  onSeen,
}: VirtualRowsProps): JSX.Element {
  const viewport = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState(0)
  const [first, setFirst] = useState(start)
  const visible = Math.max(1, Math.floor((height - (head.current?.offsetHeight ?? rowHeight)) / rowHeight))
  const last = Math.max(0, total - visible)
  const range = Math.min(last * rowHeight, MOST_PIXELS)
  const isScaled = last * rowHeight > MOST_PIXELS
  /** Where we put the scroll bar ourselves. */
  const put = useRef(0)

  const move = useCallback(
    (to: number) => {
      const next = Math.max(0, Math.min(last, Math.round(to)))
      put.current = last === 0 ? 0 : (next / last) * range
      viewport.current!.scrollTop = put.current
      setFirst(next)
    },
    [last, range],
  )

  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setHeight(viewport.current?.clientHeight ?? 0))
    observer.observe(viewport.current!)
    setHeight(viewport.current!.clientHeight)
    return () => observer.disconnect()
  }, [])
  // The bar is where the address says, once there is a height.
  useLayoutEffect(() => {
    if (height > 0) move(first)
  }, [height, total])
  useEffect(() => onSeen(first, visible), [first, visible, onSeen])
  useEffect(() => {
    const element = viewport.current!
    const wheel = (event: WheelEvent): void => {
      if (!isScaled || event.ctrlKey || event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return
      event.preventDefault()
      const pixels = event.deltaMode === 1 ? event.deltaY * rowHeight : event.deltaY
      move(first + (Math.round(pixels / rowHeight) || Math.sign(pixels)))
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [isScaled, first, move])

  const keys: Record<string, number> = {
    ArrowDown: first + 1,
    ArrowUp: first - 1,
    PageDown: first + visible,
    PageUp: first - visible,
    Home: 0,
    End: last,
  }
  return (
    <div
      class="viewport"
      ref={viewport}
      tabIndex={0}
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns}
      onScroll={({ currentTarget: { scrollTop } }) => {
        if (Math.abs(scrollTop - put.current) < 1 || range === 0) return
        put.current = scrollTop
        setFirst(Math.round((scrollTop / range) * last))
      }}
      onKeyDown={(event) => {
        const to = keys[event.key]
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        move(to)
      }}
    >
      <div class="spacer" role="presentation" style={{ height: `${height + range}px` }}>
        <div class="window" role="rowgroup" style={{ maxHeight: `${height}px` }}>
          <div ref={head} class="row head" role="row" aria-rowindex={1}>
            {header}
          </div>
          {Array.from({ length: Math.min(visible + 1, total - first) }, (_, index) => (
            <div
              key={first + index}
              class="row"
              role="row"
              aria-rowindex={first + index + 2}
              style={{ height: `${rowHeight}px` }}
            >
              {row(first + index)}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
