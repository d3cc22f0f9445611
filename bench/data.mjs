// Seeded tables, the same on every machine.
import { closeSync, openSync, writeSync } from 'node:fs'

/** A linear congruential generator (Numerical Recipes): numbers in [0, 1). */
function random(seed) {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
}

const CITIES = ['EWR', 'JFK', 'LGA', 'IAH', 'MIA', 'ORD', 'ATL', 'BOS', 'SFO', 'LAX', 'DFW', 'DEN']

/** About 300,000 rows × 20 columns, as an airline's table of flights has them: integers, codes, NA, times. */
export function flights(path, rows = 300_000) {
  const next = random(20)
  const int = (below) => Math.floor(next() * below)
  const header =
    'id,year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour'
  write(path, header, rows, (id) => {
    const cancelled = next() < 0.025
    const late = () => (cancelled ? 'NA' : int(200) - 20)
    const hour = int(24)
    return `${id},2013,${1 + int(12)},${1 + int(28)},${cancelled ? 'NA' : int(2400)},${int(2400)},${late()},${cancelled ? 'NA' : int(2400)},${int(2400)},${late()},${CITIES[int(12)].slice(0, 2)},${int(5000)},N${10000 + int(80000)},${CITIES[int(3)]},${CITIES[int(12)]},${cancelled ? 'NA' : int(600)},${80 + int(4900)},${hour},${int(60)},2013-${two(1 + int(12))}-${two(1 + int(28))}T${two(hour)}:00:00Z`
  })
}

/** 5,000,000 rows × 6 columns, about 270 MB: a station's readings. */
export function readings(path, rows = 5_000_000) {
  const next = random(6)
  const int = (below) => Math.floor(next() * below)
  write(path, 'id,station,time,temperature,humidity,note', rows, (id) => {
    const temperature = (int(700) - 300) / 10
    return `${id},S${1000 + int(5000)},2026-01-${two(1 + int(28))}T${two(int(24))}:00:00Z,${temperature},${int(100)},n${int(1e9)}`
  })
}

function two(number) {
  return String(number).padStart(2, '0')
}

function write(path, header, rows, row) {
  const file = openSync(path, 'w')
  let text = `${header}\n`
  for (let id = 1; id <= rows; id++) {
    text += `${row(id)}\n`
    if (text.length > 1 << 20) {
      writeSync(file, text)
      text = ''
    }
  }
  writeSync(file, text)
  closeSync(file)
}
