// Random numbers, reproducible by a seed: mulberry32.

export function dice(state) {
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (count) => Math.floor(next() * count);
  return {
    below,
    chance: (share) => next() < share,
    pick: (list) => list[below(list.length)],
    /** One of a table's rows, [weight, …], with a probability in proportion to its weight. */
    weighted(table) {
      let at = below(table.reduce((sum, [weight]) => sum + weight, 0));
      return table.find(([weight]) => (at -= weight) < 0);
    },
  };
}
