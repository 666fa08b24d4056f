import { tableFromColumns } from 'ridgeline';
import type { Table } from 'ridgeline';

const ROWS = 20_640;

/** Mean, spread and bounds of each column of the real data, and what one spread of it adds to the target. */
const COLUMNS = [
  { name: 'MedInc', mean: 3.87, spread: 1.9, low: 0.5, high: 15, effect: 0.83 },
  { name: 'HouseAge', mean: 28.6, spread: 12.6, low: 1, high: 52, effect: 0.12 },
  { name: 'AveRooms', mean: 5.43, spread: 2.47, low: 0.8, high: 140, effect: -0.27 },
  { name: 'AveBedrms', mean: 1.1, spread: 0.47, low: 0.3, high: 34, effect: 0.31 },
  { name: 'Population', mean: 1425, spread: 1132, low: 3, high: 35_000, effect: 0 },
  { name: 'AveOccup', mean: 3.07, spread: 1.2, low: 0.7, high: 1200, effect: -0.04 },
  { name: 'Latitude', mean: 35.6, spread: 2.1, low: 32.5, high: 42, effect: -0.9 },
  { name: 'Longitude', mean: -119.6, spread: 2, low: -124.4, high: -114.3, effect: -0.87 },
] as const;

/** Made-up rows of the housing columns, the same on every machine: seeded, and no function that hosts round differently. */
export function syntheticHousing(): Table {
  const normal = normals(19_970_301);
  const columns = Object.fromEntries(COLUMNS.map(({ name }) => [name, new Float64Array(ROWS)]));
  const target = new Float64Array(ROWS);
  for (let i = 0; i < ROWS; i += 1) {
    let value = 2.07 + 0.7 * normal();
    for (const { name, mean, spread, low, high, effect } of COLUMNS) {
      const z = normal();
      columns[name]![i] = Math.min(high, Math.max(low, mean + spread * z));
      value += effect * z;
    }
    target[i] = Math.min(5.00001, Math.max(0.14999, value));
  }
  return tableFromColumns({ ...columns, MedHouseVal: target }, { name: 'synthetic housing' }).withSource({
    name: 'synthetic housing',
    synthetic: true,
    sha256: '',
  });
}

/** Nearly normal values, mean 0 and variance 1: twelve uniform ones summed, from a 32-bit linear congruential generator. */
function normals(seed: number): () => number {
  let state = seed;
  return () => {
    let sum = -6;
    for (let k = 0; k < 12; k += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32;
    }
    return sum;
  };
}
