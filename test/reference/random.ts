/** Seeded numbers, the same in every host: a 32-bit generator (mulberry32) and normals by Box-Muller. */
export function seeded(seed: number) {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const integer = (below: number) => Math.floor(uniform() * below);
  const column = (n: number, draw = normal) => Float64Array.from({ length: n }, draw);
  return { uniform, normal, integer, column };
}

/** n rows of p normal columns and a target that depends on them. */
export function regressionData(n: number, p: number, seed: number) {
  const random = seeded(seed);
  const x = Array.from({ length: p }, () => random.column(n));
  const slopes = x.map(() => random.normal());
  const y = Float64Array.from({ length: n }, (_, i) =>
    x.reduce((sum, column, j) => sum + slopes[j]! * column[i]!, 3 + random.normal()),
  );
  return { x, y };
}
