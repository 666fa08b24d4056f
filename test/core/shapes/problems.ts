import { seeded } from '../../reference/random.ts';

type Random = ReturnType<typeof seeded>;

export interface Problem {
  readonly x: readonly Float64Array[];
  readonly y: Float64Array;
  readonly fitIntercept: boolean;
}

/** Kinds of columns people have. */
const COLUMN_KINDS: readonly ((random: Random, n: number, others: Float64Array[]) => Float64Array)[] = [
  (random, n) => random.column(n),
  (random, n) => random.column(n, () => random.integer(3)),
  (random, n) => random.column(n, () => 1000 + random.normal()),
  (random, n) => random.column(n, () => 1e-3 * random.normal()),
  (random, n) => new Float64Array(n).fill(1, random.integer(n), random.integer(n) + 1),
  (random, n) => new Float64Array(n).fill(random.integer(5) / 10),
  (random, n) => random.column(n, () => Math.exp(4 * random.normal())),
  (random, n, others) => others[random.integer(others.length)]?.slice() ?? random.column(n),
  (random, n, others) => (others[0] ?? random.column(n)).map((value) => value + 1e-7 * random.normal()),
];

/** 2 to 1,501 rows of 1 to 10 columns; `wide`: 2 to 301 rows of 11 to 34, whose eigenvalues are found another way. */
export function randomProblem(seed: number, wide = false): Problem {
  const random = seeded(seed);
  const [some, many] = wide ? [60, 300] : [40, 1500];
  const n = 2 + random.integer(random.uniform() < 0.1 ? many : some);
  const p = wide ? 11 + random.integer(24) : 1 + random.integer(n > 100 ? 5 : 10);
  const x: Float64Array[] = [];
  while (x.length < p) x.push(COLUMN_KINDS[random.integer(COLUMN_KINDS.length)]!(random, n, x));
  const y = random.column(n, random.uniform() < 0.05 ? () => 2 : random.normal);
  return { x, y, fitIntercept: random.uniform() < 0.7 };
}

/** Columns of one row each, which is set aside, among near copies: without such rows the others depend on each other. */
export function dependentRest(seed: number): Problem {
  const random = seeded(seed);
  const n = 12 + random.integer(60);
  const x = [random.column(n), random.column(n, () => random.integer(3))];
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const row = random.integer(n);
    x.push(new Float64Array(n).fill(10 ** random.integer(4), row, row + 1));
  }
  for (let left = random.integer(4); left > 0; left--) {
    const copied = x[random.integer(x.length)]!;
    const noise = 10 ** -(4 + random.integer(6));
    x.push(copied.map((value) => value + noise * random.normal()));
  }
  if (random.uniform() < 0.3) x.push(new Float64Array(n).fill(0.3));
  if (random.uniform() < 0.3) x.push(x[2]!.map((value) => 1 - value));
  const noise = 10 ** -random.integer(7);
  const y = x[0]!.map((value, i) => value + x[1]![i]! + noise * random.normal());
  return { x, y, fitIntercept: random.uniform() < 0.5 };
}

/** A narrow problem, some columns and the target times powers of 2 from 2^-most to 2^most: no digit of them is lost. */
export function inOtherUnits(seed: number, most: number): Problem & { readonly yPower: number } {
  const random = seeded(seed + 5e8);
  const { x, y, fitIntercept } = randomProblem(seed);
  const power = (share: number) => (random.uniform() < share ? random.integer(2 * most + 1) - most : 0);
  const moved = x.map((column) => timesPower(column, power(0.5)));
  const yPower = power(0.3);
  return { x: moved, y: timesPower(y, yPower), fitIntercept, yPower };
}

/** In two steps: 2^-1074 is the least there is. */
function timesPower(column: Float64Array, k: number): Float64Array {
  return column.map((value) => value * 2 ** Math.floor(k / 2) * 2 ** Math.ceil(k / 2));
}
