import { expect, it } from 'vitest'
import { floatText, halfText } from '../../dist/formats/values.js'

/* What is right is what numpy prints: the shortest text that reads back as the same number of that width. */

it.each([
  [0.1, '0.1'],
  [2 ** -149, '1e-45'],
  [2 ** -148, '3e-45'],
  [9.99e-41, '9.99e-41'],
  [2 ** -126, '1.1754944e-38'],
  [3.4028234663852886e38, '3.4028235e+38'],
  // Below a power of two, numbers lie closer: of eight digits only the one above is near enough, not the nearest.
  [2 ** -96, '1.2621775e-29'],
  [2 ** 90, '1.2379401e+27'],
  [16777216, '16777216'],
  [-0.3, '-0.3'],
  [NaN, 'NaN'],
  [-Infinity, '-Infinity'],
])('the float %d is %s', (value, text) => {
  expect(floatText(Math.fround(value))).toBe(text)
})

it('each half reads back from its text, which has five digits at most', () => {
  const seen = new Map<string, number>()
  for (const value of halves()) {
    const text = halfText(value)
    expect(text.replace(/e.*/, '').replace(/\D/g, '').replace(/^0+/, '').replace(/0+$/, '').length).toBeLessThan(6)
    expect(seen.get(text) ?? value).toBe(value)
    seen.set(text, value)
  }
  expect(seen.size).toBe(63_487)
  expect(nearest(halves(), [0.1, 10.305, 6e-8, 65504, -2.5]).map(halfText)).toEqual([
    '0.1',
    '10.305',
    '6e-8',
    '65500',
    '-2.5',
  ])
})

/** All finite numbers of 16 bits, zero once. */
function halves(): number[] {
  const all: number[] = []
  for (let exponent = 0; exponent < 31; exponent++)
    for (let fraction = 0; fraction < 1024; fraction++) {
      const value = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
      all.push(value)
      if (value !== 0) all.push(-value)
    }
  return all
}

function nearest(all: number[], wanted: number[]): number[] {
  return wanted.map((value) => all.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best)))
}
