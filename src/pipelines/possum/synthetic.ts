import { tableFromColumns } from 'ridgeline';
import type { Table } from 'ridgeline';

const ROWS = 104;

/** Mean and spread of each length of the real data, and what one spread of it adds to the tail, in cm. */
const LENGTHS = [
  { name: 'age', mean: 3.8, spread: 1.9, effect: 0.1 },
  { name: 'hdlngth', mean: 92.6, spread: 3.6, effect: -0.4 },
  { name: 'skullw', mean: 56.9, spread: 3.1, effect: -0.1 },
  { name: 'totlngth', mean: 87.1, spread: 4.3, effect: 1.3 },
  { name: 'footlgth', mean: 68.5, spread: 4.4, effect: 0.4 },
  { name: 'earconch', mean: 48.1, spread: 4.1, effect: 0 },
  { name: 'eye', mean: 15, spread: 1, effect: 0.1 },
  { name: 'chest', mean: 27, spread: 2, effect: -0.1 },
  { name: 'belly', mean: 32.6, spread: 2.8, effect: 0.1 },
] as const;

/** Made-up possums, the same on every machine; two ages and a foot are missing, as in the real data. */
export function syntheticPossum(): Table {
  const random = uniforms(19_950_449);
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, u) => sum + u, -6);
  const columns: Record<string, Float64Array | string[]> = {
    case: Float64Array.from({ length: ROWS }, (_, i) => i + 1),
    site: Float64Array.from({ length: ROWS }, () => 1 + Math.floor(7 * random())),
  };
  columns['Pop'] = Array.from(columns['site'] as Float64Array, (site) => (site <= 2 ? 'Vic' : 'other'));
  columns['sex'] = Array.from({ length: ROWS }, () => (random() < 0.41 ? 'f' : 'm'));
  const tail = Float64Array.from(columns['Pop'], (pop) => (pop === 'Vic' ? 36 : 37.8) + 1.2 * normal());
  for (const { name, mean, spread, effect } of LENGTHS) {
    columns[name] = Float64Array.from(tail, (_, i) => {
      const z = normal();
      tail[i]! += effect * z;
      return Math.round(10 * (mean + spread * z)) / 10;
    });
  }
  columns['taill'] = tail.map((value) => Math.round(2 * value) / 2);
  for (const [name, row] of [
    ['age', 43],
    ['age', 45],
    ['footlgth', 40],
  ] as const)
    (columns[name] as Float64Array)[row] = NaN;
  return tableFromColumns(columns, { name: 'synthetic possums' }).withSource({
    name: 'synthetic possums',
    synthetic: true,
    sha256: '',
  });
}

/** From 0 to 1, by a 32-bit linear congruential generator. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
