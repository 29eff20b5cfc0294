// Percentiles, medians, and numbers formatted for people.

/** A percentile by nearest rank, without interpolation. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Of an even number of values, the lower of the two in the middle. */
export const median = (values) => percentile(values, 0.5);

/** Of times that things took. */
export const summary = (took) => ({ p50: percentile(took, 0.5), p99: percentile(took, 0.99), worst: Math.max(...took) });

/** Three significant digits, and no exponent. */
export function rounded(value) {
  if (value >= 99.5) return Math.round(value).toLocaleString('en-GB');
  return String(Number(value.toPrecision(3)));
}

export const milliseconds = (value) => `${rounded(value)} ms`;
/** Formats milliseconds. */
export const microseconds = (value) => `${rounded(value * 1000)} µs`;
export const kibibytes = (octets) => `${rounded(octets / 1024)} KiB`;

/** A ratio, such as "12 ×". */
export const times = (ratio) => `${rounded(ratio)} ×`;

/**
 * Runs each of the sides `runs` times, by turns, so that other load on the machine
 * affects them alike. Returns for each side the median of each of its figures; for
 * the figure `worst`, the maximum.
 */
export async function byTurns(runs, sides) {
  const seen = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, measure] of Object.entries(sides)) seen[name].push(await measure());
  }
  const summary = (key, values) => (key === 'worst' ? Math.max(...values) : median(values));
  const medians = (samples) =>
    Object.fromEntries(Object.keys(samples[0]).map((key) => [key, summary(key, samples.map((each) => each[key]))]));
  return Object.fromEntries(Object.entries(seen).map(([name, samples]) => [name, medians(samples)]));
}
