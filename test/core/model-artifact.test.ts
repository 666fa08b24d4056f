import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/core/model-read.ts';
import { writeModel } from '../../src/core/model-write.ts';
import type { RidgeModelArtifact } from '../../src/contracts/model.ts';
import { exampleArtifact } from './example-artifact.ts';

const read = (change: (fields: Record<string, unknown>) => void): RidgeModelArtifact => {
  const fields = JSON.parse(writeModel(exampleArtifact())) as Record<string, unknown>;
  change(fields);
  return readModel(JSON.stringify(fields), 'model.json');
};

describe('model artifact', () => {
  it('comes back as it was written, every double to the bit', () => {
    const artifact = exampleArtifact({
      coef: [0.1 + 0.2, 5e-324, -1.7976931348623157e308],
      dataset: { name: 'built_features', version: 3, sha256: 'ab' },
      source: { name: 'cal_housing.tgz', synthetic: false, sha256: 'cd' },
    });
    expect(readModel(writeModel(artifact), 'model.json')).toEqual(artifact);
    expect(readModel(writeModel(artifact), 'model.json').coef).toStrictEqual(artifact.coef);
  });

  it('has the same bytes whatever the order its fields were made in', () => {
    const artifact = exampleArtifact();
    const reversed = Object.fromEntries(Object.entries(artifact).toReversed()) as unknown as RidgeModelArtifact;
    expect(writeModel(reversed)).toBe(writeModel(artifact));
    expect(Object.keys(JSON.parse(writeModel(artifact)) as object)[0]).toBe('format');
  });

  it.each([
    ['no JSON', 'MedInc,HouseAge\n8.3,41', 'expected JSON, got "MedInc,HouseAge\\n8.3,41"'],
    ['nothing', '', 'expected JSON, got ""'],
    ['half a model', writeModel(exampleArtifact()).slice(0, 300), 'expected JSON'],
    ['an array', '[1,2]', 'expected a JSON object, got [1,2]'],
    ['another JSON', '{"a":1}', 'expected "format": "ridgeline.model/1", got nothing'],
  ])('refuses %s', (_, text, message) => {
    expect(() => readModel(text, 'x.json')).toThrow(
      expect.objectContaining({
        code: 'NOT_A_MODEL',
        kind: 'content',
        message: expect.stringContaining(`x.json is not a model: ${message}`) as string,
        remedy: expect.any(String) as string,
      }),
    );
  });

  it.each<[string, (fields: Record<string, unknown>) => void]>([
    ['"coef[1]" must be a finite number, got null', (fields) => ((fields['coef'] as unknown[])[1] = null)],
    ['"coef" must be an array of length 3, got "one of length 2"', (fields) => (fields['coef'] as unknown[]).pop()],
    ['"features" must be an array, got "a"', (fields) => (fields['features'] = 'a')],
    ['"features" must name at least one column', (fields) => (fields['features'] = [])],
    ['"features[2]" must be a text, got 7', (fields) => ((fields['features'] as unknown[])[2] = 7)],
    ['"intercept" must be a finite number, got nothing', (fields) => delete fields['intercept']],
    ['"n" must be a whole number from 1, got 0', (fields) => (fields['n'] = 0)],
    ['"cv" must be "leave-one-out" or "k-fold" or "none", got "k"', (fields) => (fields['cv'] = 'k')],
    ['"mse" must have one value per alpha (3), got 1', (fields) => (fields['mse'] = [1])],
    [
      '"chain[0].type" must be "StandardScaler" or "OneHotEncoder" or "SimpleImputer", got "Pickle"',
      (fields) => (chainOf(fields)['type'] = 'Pickle'),
    ],
    [
      '"chain[0].scale[1]" must be a positive number, got 0',
      (fields) => ((chainOf(fields)['scale'] as number[])[1] = 0),
    ],
    ['"chain[0].mean" must be an array of length 2', (fields) => (chainOf(fields)['mean'] = [1])],
  ])('says what is wrong: %s', (message, change) => {
    expect(() => read(change)).toThrow(message);
  });

  const intervals = {
    jackknife: [0.5, 1],
    jackknifePlus: { residual: [1, 0.5], intercept: [1, 2], coef: [1, 2, 3, 4, 5, 6] },
  };
  const kept = exampleArtifact({ n: 2, intervals });

  it('keeps what intervals need', () => {
    expect(readModel(writeModel(kept), 'model.json')).toEqual(kept);
    const { jackknife } = intervals;
    const plain = { ...kept, intervals: { jackknife } };
    expect(readModel(writeModel(plain), 'model.json')).toEqual(plain);
    const few = exampleArtifact({ n: 5, sampleWeight: 'w', intervals: { ...intervals, rows: 2 } });
    expect(readModel(writeModel(few), 'model.json')).toEqual(few);
  });

  it.each<[string, object]>([
    ['"intervals.jackknife" must be an array of length 2', { ...intervals, jackknife: [1] }],
    ['"intervals.jackknife[1]" must be at least 0 and the value before it, got 0', { ...intervals, jackknife: [1, 0] }],
    ['"intervals.jackknife[0]" must be at least 0', { ...intervals, jackknife: [-1, 0] }],
    ['"intervals.rows" must be from 2 to 2, got 3', { ...intervals, rows: 3 }],
    ['"intervals.jackknifePlus" must be an object, got 1', { ...intervals, jackknifePlus: 1 }],
    [
      '"intervals.jackknifePlus.residual[0]" must be at least 0, got -1',
      { ...intervals, jackknifePlus: { ...intervals.jackknifePlus, residual: [-1, 0] } },
    ],
    [
      '"intervals.jackknifePlus.coef" must be an array of length 6',
      { ...intervals, jackknifePlus: { ...intervals.jackknifePlus, coef: [1] } },
    ],
  ])('says what is wrong: %s', (message, wrong) => {
    const text = JSON.stringify({ ...(JSON.parse(writeModel(kept)) as object), intervals: wrong });
    expect(() => readModel(text, 'model.json')).toThrow(message);
  });

  it('says that a newer release wrote it', () => {
    expect(() => read((fields) => (fields['format'] = 'ridgeline.model/2'))).toThrow(
      expect.objectContaining({ code: 'NEWER_MODEL', remedy: expect.stringContaining('update') as string }),
    );
  });
});

function chainOf(fields: Record<string, unknown>): Record<string, unknown> {
  return (fields['chain'] as Record<string, unknown>[])[0]!;
}
