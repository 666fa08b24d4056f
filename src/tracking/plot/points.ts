/** Most points of a plot: more do not tell more, and a million make a file that no program opens. */
export const MOST_POINTS = 10_000;

/** Which of `n` points are drawn: all of them, or as many as there may be at even distances from the first on. */
export function drawnOf(n: number): readonly number[] {
  const count = Math.min(n, MOST_POINTS);
  return Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
}

/** How many there are, and are drawn, as a subtitle says it: `20 rows`, `10,000 of 20,640 rows`. */
export function countText(n: number, what: string): string {
  const drawn = n > MOST_POINTS ? `${MOST_POINTS.toLocaleString('en-US')} of ` : '';
  return `${drawn}${n.toLocaleString('en-US')} ${what}`;
}

/** The least and the largest of some lists, of any length: `Math.min(...values)` holds them all on the stack. */
export function boundsOf(...lists: readonly ArrayLike<number>[]): [least: number, largest: number] {
  let [least, largest] = [Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 1) {
      least = Math.min(least, list[i]!);
      largest = Math.max(largest, list[i]!);
    }
  }
  return [least, largest];
}
