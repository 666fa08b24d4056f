import { openPath, RidgelineError } from 'ridgeline';
import type { Table, TaskContext } from 'ridgeline';
import { syntheticPossum } from './synthetic.ts';

/** Identifies a row; no feature. */
export const IDENTITY = 'case';
export const CATEGORICAL = ['site', 'Pop', 'sex'] as const;
export const NUMERIC = [
  'age',
  'hdlngth',
  'skullw',
  'totlngth',
  'footlgth',
  'earconch',
  'eye',
  'chest',
  'belly',
] as const;
export const TARGET = 'taill';

/** In the order of the published file. */
export const COLUMNS = [IDENTITY, ...CATEGORICAL, ...NUMERIC.slice(0, 4), TARGET, ...NUMERIC.slice(4)];

/** Lindenmayer et al., Morphological variation among columns of the mountain brushtail possum (1995). */
const FILE = {
  name: 'possum_rdatasets.csv',
  url: 'https://vincentarelbundock.github.io/Rdatasets/csv/DAAG/possum.csv',
  sha256: '7bc2718003727056e0aca51d74e3809e61bd26217294258e5cfe8166fac11d1f',
} as const;

/**
 * 104 possums: site, population, sex, age and nine lengths, some of them missing.
 *
 * Reads `possum_rdatasets.csv` / Writes nothing / Fails when it cannot be had; under the source policy `auto` made-up
 * rows of the same columns take its place then, and it says so.
 */
export async function possums(_inputs: object, context: TaskContext): Promise<Table> {
  const { sources, log } = context;
  try {
    if (sources.policy === 'synthetic') return syntheticPossum();
    const { path, sha256 } = await sources.fetch(FILE);
    // The file leads with R's row names.
    return (await openPath(path, { name: FILE.name }))
      .select(COLUMNS)
      .withSource({ name: FILE.name, synthetic: false, sha256 });
  } catch (error) {
    if (sources.policy !== 'auto' || !RidgelineError.is(error) || error.code !== 'SOURCE_UNAVAILABLE') throw error;
    log.warn(`SYNTHETIC DATA: ${error.message}; going on with made-up rows of the same columns`);
    return syntheticPossum();
  }
}
