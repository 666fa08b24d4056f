/** Most points of a plot: more do not tell more, and a million make a file that no program opens. */
export const MOST_POINTS = 10_000;

/** Which of `n` points are drawn: all of them, or as many as there may be at even distances from the first on. */
export function drawnOf(n: number): readonly number[] {
  const count = Math.min(n, MOST_POINTS);
  return Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
}

/** The part of a subtitle that says so; none when all are drawn. */
export function drawnText(n: number): readonly string[] {
  return n > MOST_POINTS ? [`${MOST_POINTS.toLocaleString('en-US')} of them drawn`] : [];
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
