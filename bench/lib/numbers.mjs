// Percentiles, medians, and figures formatted for people. Figures are in seconds and bytes; a unit says how to show one.

/** A percentile by nearest rank, without interpolation. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Of an even number of values, the lower of the two in the middle. */
export const median = (values) => percentile(values, 0.5);

/** Of times that things took. */
export const summary = (took) => ({ p50: percentile(took, 0.5), p99: percentile(took, 0.99), worst: took.reduce((most, each) => Math.max(most, each)) });

/** Three significant digits, and no exponent. */
export function rounded(value) {
  if (Math.abs(value) >= 99.5) return Math.round(value).toLocaleString('en-GB');
  return String(Number(value.toPrecision(3)));
}

/** How many of a unit there are in one of the base unit. */
const units = {
  µs: { factor: 1e6, name: 'µs' },
  ms: { factor: 1e3, name: 'ms' },
  s: { factor: 1, name: 's' },
  '%': { factor: 100, name: '%' },
  bytes: { factor: 1, name: 'bytes' },
  KiB: { factor: 2 ** -10, name: 'KiB' },
  MiB: { factor: 2 ** -20, name: 'MiB' },
  count: { factor: 1, name: '' },
  '×': { factor: 1, name: '×' },
};

export const inUnit = (value, unit) => value * units[unit].factor;

/** A figure of a unit, such as "4.7 µs". */
export const shown = (value, unit) => `${rounded(inUnit(value, unit))} ${units[unit].name}`.trim();

/** A median with its range, such as "4.7 (4.5–5.1) µs". */
export function shownSpread({ median: middle, low, high }, unit) {
  const [text, from, to] = [middle, low, high].map((value) => rounded(inUnit(value, unit)));
  return `${text}${from === to ? '' : ` (${from}–${to})`} ${units[unit].name}`.trim();
}
