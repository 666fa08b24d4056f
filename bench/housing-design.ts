import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readTarMember } from 'ridgeline';
import { FEATURES, housingFrame, TARGET } from '../src/pipelines/housing/california.ts';
import { makeDesignMatrix, viewDesignMatrix, type DesignMatrix } from './design-matrix.ts';

/** The real California housing data when `RIDGELINE_DATA_DIR` holds its archive, else a seeded problem of that shape. */
export async function readHousing(say: (line: string) => void): Promise<DesignMatrix> {
  const archive = join(process.env['RIDGELINE_DATA_DIR'] ?? '', 'cal_housing.tgz');
  if (!existsSync(archive)) {
    say(
      '20640x8: SYNTHETIC data of that shape; set RIDGELINE_DATA_DIR to the folder of cal_housing.tgz for the real ones',
    );
    return makeDesignMatrix(20_640, 8, 1);
  }
  say('20640x8: California housing');
  const frame = housingFrame(
    new TextDecoder().decode(await readTarMember(archive, 'CaliforniaHousing/cal_housing.data')),
  );
  const columns = await Promise.all([...FEATURES, TARGET].map((name) => frame.column(name)));
  const n = columns[0]!.length;
  const flat = new Float64Array(n * columns.length);
  for (const [j, column] of columns.entries()) flat.set(column, j * n);
  return viewDesignMatrix(flat, n, FEATURES.length);
}
