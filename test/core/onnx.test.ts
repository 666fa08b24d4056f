import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Table } from '../../src/contracts/table.ts';
import { OneHotEncoder } from '../../src/core/estimators/one-hot-encoder.ts';
import { RidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { SimpleImputer } from '../../src/core/estimators/simple-imputer.ts';
import { StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { onnxInputs, writeOnnx } from '../../src/core/onnx/write-onnx.ts';
import type { RidgeModel } from '../../src/core/ridge-model.ts';
import { tableFromColumns } from '../../src/data/table/index.ts';
import { MLFLOW } from '../setup/mlflow-environment.ts';
import { findPython } from '../setup/python.ts';
import { skipOrFail } from '../setup/skip.ts';

const python = await findPython(MLFLOW);
if (!python.ok) skipOrFail('ONNX models in onnxruntime', python.reason);
const RUN_ONNX = fileURLToPath(new URL('run-onnx.py', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'ridgeline-onnx-'));
afterAll(() => rm(folder, { recursive: true }));

const SIZE = [1.5, 2, NaN, 4, 6, 7.25, 1, 3, 5, 2.5];
const raw = tableFromColumns({
  size: Float64Array.from(SIZE),
  sex: ['m', 'f', 'f', 'm', 'f', 'm', 'm', 'f', 'größer', 'm'],
  site: Float64Array.of(10, 2, 2, 10, 7, 2, 10, 7, 7, 2),
  age: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  price: Float64Array.of(3, 5, 4, 9, 11, 2, 8, 6, 1, 12),
});

const TARGET = { target: 'price', alphas: [0.01, 1] } as const;

async function onRaw(): Promise<RidgeModel> {
  return new RidgeCV({ ...TARGET, features: ['age', 'site'] }).fit(raw);
}

async function onScaled(): Promise<RidgeModel> {
  const scaled = (await new StandardScaler({ columns: ['site', 'age'] }).fit(raw)).transform(raw);
  return new RidgeCV({ ...TARGET, features: ['age', 'site'] }).fit(scaled);
}

/** Numbers alone, with a category among them, and missing values filled. */
async function onNumericCategories(): Promise<RidgeModel> {
  const filled = (await new SimpleImputer({ columns: ['size'], strategy: 'median' }).fit(raw)).transform(raw);
  const encoded = (await new OneHotEncoder({ columns: ['site'], dummyNa: true }).fit(filled)).transform(filled);
  const features = ['site_10', 'site_2', 'site_7', 'site_nan', 'age', 'size'];
  const scaled = (await new StandardScaler({ columns: features }).fit(encoded)).transform(encoded);
  return new RidgeCV({ ...TARGET, features }).fit(scaled);
}

/** The possum pipeline's chain: text and numeric categories, encoded, then everything standardised. */
async function onText(): Promise<RidgeModel> {
  const filled = (await new SimpleImputer({ columns: ['size'], strategy: 'mean' }).fit(raw)).transform(raw);
  const encoded = (await new OneHotEncoder({ columns: ['site', 'sex'] }).fit(filled)).transform(filled);
  const features = encoded.columnNames.filter((name) => name !== 'price');
  const scaled = (await new StandardScaler({ columns: features }).fit(encoded)).transform(encoded);
  return new RidgeCV({ ...TARGET, features }).fit(scaled);
}

async function columnsOf(table: Table, model: RidgeModel): Promise<Record<string, unknown[]>> {
  const columns: Record<string, unknown[]> = {};
  for (const { name, holds } of onnxInputs(model.artifact)) {
    columns[name] = [];
    for await (const batch of table.batches({ columns: [name] }))
      columns[name].push(...(holds === 'text' ? batch.utf8(name) : batch.float64(name)));
  }
  return columns;
}

async function predictWithOnnx(models: readonly RidgeModel[]): Promise<number[][]> {
  const asked = await Promise.all(
    models.map(async (model, i) => {
      const path = join(folder, `${i}.onnx`);
      await writeFile(path, writeOnnx(model.artifact));
      return [path, await columnsOf(raw, model)];
    }),
  );
  return new Promise((resolve, reject) => {
    const child = execFile(python.ok ? python.python : '', [RUN_ONNX], (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout) as number[][]),
    );
    child.stdin!.end(JSON.stringify(asked));
  });
}

describe('a model as ONNX', () => {
  it.skipIf(!python.ok)(
    'predicts in onnxruntime what it predicts here, to 1e-12: raw, scaled, encoded, filled',
    async () => {
      const models = [await onRaw(), await onScaled(), await onNumericCategories(), await onText()];
      const answers = await predictWithOnnx(models);
      for (const [i, model] of models.entries()) {
        const ours = await model.predict(raw).column('preds');
        expect(answers[i]).toHaveLength(ours.length);
        ours.forEach((value, row) =>
          expect(Math.abs(answers[i]![row]! - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value)),
        );
      }
    },
  );

  it('asks for the raw columns, in an order that it tells', async () => {
    expect(onnxInputs((await onScaled()).artifact)).toEqual([
      { name: 'age', holds: 'numbers' },
      { name: 'site', holds: 'numbers' },
    ]);
    const inputs = onnxInputs((await onText()).artifact);
    expect(new Set(inputs.map(({ name }) => name))).toEqual(new Set(['size', 'age', 'site', 'sex']));
    expect(inputs.find(({ name }) => name === 'sex')?.holds).toBe('text');
  });

  it('is small, and the same bytes for the same model', async () => {
    const { artifact } = await onScaled();
    const bytes = writeOnnx(artifact);
    expect(bytes.length).toBeLessThan(700);
    expect(Buffer.compare(bytes, writeOnnx(artifact))).toBe(0);
  });
});
