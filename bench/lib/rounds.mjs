// Rounds: each side is measured once a round, by turns (A B C, A B C, …), so that whatever else the machine does
// affects all of them alike. A measurement during which others used the cores is thrown out and repeated, and the
// results say how often that happened.

import { median } from './numbers.mjs';
import { watchOthers } from './process.mjs';

// Of one core. What the kernel does for itself, and the error of its sampled figures, stay below.
const DISTURBED = 0.1;

/** Throws disturbed measurements out: each is repeated at most `repeats` times, all for no longer than `patience.seconds`. */
export class Quiet {
  constructor(repeats, patience) {
    this.repeats = repeats;
    this.patience = patience;
    this.thrownOut = 0;
    this.kept = 0;
  }

  async measure(measure) {
    for (let attempt = 0; ; attempt++) {
      const [start, others] = [performance.now(), watchOthers()];
      const sample = await measure();
      if (others() <= DISTURBED) return sample;
      if (attempt === this.repeats || this.patience.seconds <= 0) {
        this.kept++;
        return sample;
      }
      this.patience.seconds -= (performance.now() - start) / 1000;
      this.thrownOut++;
    }
  }

  /** In words, for the results. */
  toString() {
    const said = [
      this.thrownOut > 0 ? `thrown out and repeated: ${this.thrownOut}` : '',
      this.kept > 0 ? `kept all the same: ${this.kept}` : '',
    ].filter(Boolean);
    if (said.length === 0) return 'no measurement was disturbed';
    return `measurements during which others used more than ${DISTURBED * 100} % of a core: ${said.join(', ')}`;
  }
}

/** Runs each of the sides `runs` times by turns: { side: [sample, …] }. */
export async function rounds(quiet, runs, sides) {
  const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, measure] of Object.entries(sides)) samples[name].push(await quiet.measure(measure));
  }
  return samples;
}

/** Of samples, for each figure: { median, low, high }. */
export function spread(samples) {
  const of = (key) => samples.map((sample) => sample[key]).filter((value) => Number.isFinite(value));
  const keys = [...new Set(samples.flatMap((sample) => Object.keys(sample)))];
  const known = keys.filter((key) => of(key).length > 0);
  return Object.fromEntries(
    known.map((key) => [key, { median: median(of(key)), low: Math.min(...of(key)), high: Math.max(...of(key)) }]),
  );
}
