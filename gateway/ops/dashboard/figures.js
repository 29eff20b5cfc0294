// The figures of /metrics: read, compared with those before, and spelled for people.

/** The text of /metrics as a map from series, with labels as written, to values. */
export function read(text) {
  const values = new Map();
  for (const line of text.split('\n')) {
    if (!line || line[0] === '#') continue;
    const at = line.lastIndexOf(' ');
    values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return values;
}

/** The series of a metric as [labels, value]; labels are an object. */
export function seriesOf(values, name) {
  const found = [];
  for (const [series, value] of values) {
    if (!series.startsWith(`${name}{`)) continue;
    found.push([Object.fromEntries([...series.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text])), value]);
  }
  return found;
}

/** The cumulative buckets of a histogram as [bound, count], in order; `labels` as in `stage="send"`, or ''. */
export function bucketsOf(values, name, labels = '') {
  const buckets = [];
  const begin = `${name}_bucket{${labels ? `${labels},` : ''}le="`;
  for (const [series, value] of values) {
    if (!series.startsWith(begin)) continue;
    const bound = series.slice(begin.length, -2);
    buckets.push([bound === '+Inf' ? Infinity : Number(bound), value]);
  }
  return buckets;
}

/** What was added to a histogram's buckets between two answers. */
export function added(before, now) {
  return now.map(([bound, count], i) => [bound, count - (before[i]?.[1] ?? 0)]);
}

/** The quantile of cumulative buckets, linear within one, as Prometheus' histogram_quantile; null: they are empty. */
export function quantile(buckets, q) {
  const all = buckets.at(-1)?.[1] ?? 0;
  if (!(all > 0)) return null;
  const rank = q * all;
  const at = buckets.findIndex(([, count]) => count >= rank);
  const [low, below] = at > 0 ? buckets[at - 1] : [0, 0];
  const [high, upto] = buckets[at];
  if (high === Infinity) return low;
  return upto > below ? low + ((high - low) * (rank - below)) / (upto - below) : low;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const none = '–';

export function count(value) {
  return Number.isFinite(value) ? grouped.format(value) : none;
}

/** Something per second. */
export function rate(value) {
  if (!Number.isFinite(value)) return none;
  return value > 0 && value < 10 ? fine.format(value) : grouped.format(value);
}

/** A latency. */
export function seconds(value) {
  if (!Number.isFinite(value)) return none;
  if (value < 0.001) return '< 1 ms';
  if (value < 0.01) return `${fine.format(value * 1000)} ms`;
  if (value < 1) return `${grouped.format(value * 1000)} ms`;
  return `${fine.format(value)} s`;
}

/** A short latency of the database. */
export function shortSeconds(value) {
  return Number.isFinite(value) && value < 0.001 ? `${grouped.format(value * 1e6)} µs` : seconds(value);
}

/** An age. */
export function age(value) {
  if (!Number.isFinite(value)) return none;
  const units = [[86400, 'd', 3600, 'h'], [3600, 'h', 60, 'min'], [60, 'min', 1, 's']];
  for (const [large, name, small, other] of units) {
    if (value >= large) return `${Math.floor(value / large)} ${name} ${Math.floor((value % large) / small)} ${other}`;
  }
  return `${Math.floor(value)} s`;
}

export function bytes(value) {
  if (!Number.isFinite(value)) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? grouped.format(value) : fine.format(value)} ${units[unit]}`;
}
