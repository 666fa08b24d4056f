import { describe, expect, it } from 'vitest';
import { findAlreadyScaled } from '../../src/core/already-scaled.ts';
import type { RidgeModelArtifact } from '../../src/contracts/model.ts';
import { exampleArtifact, exampleScaler } from './example-artifact.ts';

const ARTIFACT = exampleArtifact({
  features: ['year', 'size'],
  coef: [1, 2],
  coefRaw: [0, 0],
  min: [-2, -2],
  max: [2, 2],
});

/** Rows of (year, size). */
function find(
  rows: readonly (readonly [number, number])[],
  artifact: RidgeModelArtifact = ARTIFACT,
): string | undefined {
  const columns = [0, 1].map((j) => Float64Array.from(rows, (row) => row[j]!));
  return findAlreadyScaled(artifact, columns, rows.length);
}

describe('columns that look standardised already', () => {
  it('are recognised by a column whose raw and standardised ranges lie apart', () => {
    expect(
      find([
        [-1.2, 0.3],
        [0.7, -1],
      ]),
    ).toBe('"year" runs from -1.2 to 0.7, in training from 1990 to 2010');
  });

  it('are not raw rows, however few', () => {
    expect(find([[2003, 1]])).toBeUndefined();
    expect(
      find([
        [1991, 0],
        [2009, 4],
        [2000, 2],
      ]),
    ).toBeUndefined();
    expect(find([])).toBeUndefined();
  });

  it('are not raw rows far outside the training range', () => {
    expect(
      find([
        [2150, 1],
        [1700, 3],
      ]),
    ).toBeUndefined();
    expect(find([[1, 60]])).toBeUndefined();
  });

  it('are not raw rows with a code for "unknown"', () => {
    expect(
      find([
        [0, 1],
        [0, 2],
        [0, 3],
      ]),
    ).toBeUndefined();
    expect(
      find([
        [-1, 1],
        [-1, 2],
      ]),
    ).toBeUndefined();
  });

  it('are not a single telling value', () => {
    expect(find([[1.5, 1]])).toBeUndefined();
  });

  it('are not recognised without a telling column, raw rows near zero being honest', () => {
    const near = exampleArtifact({
      ...ARTIFACT,
      chain: [{ ...exampleScaler, mean: [0.5, 2], var: [1, 1], scale: [1, 1] }],
    });
    expect(
      find(
        [
          [0.1, 1],
          [-0.3, 2],
          [1.5, 0],
        ],
        near,
      ),
    ).toBeUndefined();
  });

  it('are recognised without one when they are the training rows', () => {
    const near = exampleArtifact({
      ...ARTIFACT,
      n: 3,
      chain: [{ ...exampleScaler, mean: [0.5, 2], var: [1, 1], scale: [1, 1] }],
    });
    expect(
      find(
        [
          [-2, 2],
          [2, -2],
          [0, 0],
        ],
        near,
      ),
    ).toContain('exactly the range of the standardised training rows');
    expect(
      find(
        [
          [-1.5, 4],
          [2.5, 0],
          [0.5, 2],
        ],
        near,
      ),
    ).toBeUndefined(); // the same rows, raw
  });

  it('are no question for a model fitted on raw columns', () => {
    expect(
      find(
        [
          [-1.2, 0.3],
          [0.7, -1],
        ],
        { ...ARTIFACT, chain: [] },
      ),
    ).toBeUndefined();
  });
});
