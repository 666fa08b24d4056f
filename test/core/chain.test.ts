import { describe, expect, it } from 'vitest';
import { needsChain, restrictChain } from '../../src/core/chain.ts';
import type { StandardScalerState } from '../../src/contracts/model.ts';
import { exampleScaler } from './example-artifact.ts';

const FEATURES = ['year', 'size', 'flag'];
const other = (change: Partial<StandardScalerState>): StandardScalerState => ({ ...exampleScaler, ...change });
const needs = (model: StandardScalerState[], table: StandardScalerState[]): boolean =>
  needsChain(model, table, FEATURES, 'data.parquet');

describe('R19: a table remembers its transformers, and a model takes raw columns or the very same chain', () => {
  it('applies the chain to raw columns and skips it for its own', () => {
    expect(needs([exampleScaler], [])).toBe(true);
    expect(needs([exampleScaler], [exampleScaler])).toBe(false);
    expect(needs([], [])).toBe(false);
  });

  it('takes transformers of columns the model does not use for nothing', () => {
    expect(needs([exampleScaler], [other({ columns: ['a', 'b'] })])).toBe(true);
    expect(needs([exampleScaler], [exampleScaler, other({ columns: ['a', 'b'] })])).toBe(false);
  });

  it('takes columns in another order for the same', () => {
    const turned = other({ columns: ['size', 'year'], mean: [2, 2000], var: [1, 25], scale: [1, 5] });
    expect(needs([exampleScaler], [turned])).toBe(false);
  });

  it.each<[string, StandardScalerState[], StandardScalerState[]]>([
    [
      'its columns came through a StandardScaler ("year" and 1 more, fitted on 50 rows), the model was fitted on raw columns',
      [],
      [exampleScaler],
    ],
    [
      'column "size" was standardised by another StandardScaler than the model\'s: expected mean 2, got 2.0000000000000004',
      [exampleScaler],
      [other({ mean: [2000, 2.0000000000000004] })],
    ],
    ['expected scale 5, got 6', [exampleScaler], [other({ scale: [6, 1] })]],
    ['expected rows 50, got 49', [exampleScaler], [other({ nSamplesSeen: [49, 50] })]],
    [
      'column "size" is raw while others came through',
      [exampleScaler],
      restrictChain([exampleScaler], ['year']) as never,
    ],
    ['the model was fitted on it raw', restrictChain([exampleScaler], ['year']) as never, [exampleScaler]],
    ['the model has no such step', [exampleScaler], [exampleScaler, exampleScaler]],
    [
      "came through a part of the model's transformers only, and not through a StandardScaler",
      [exampleScaler, exampleScaler],
      [exampleScaler],
    ],
  ])('refuses: %s', (message, model, table) => {
    expect(() => needs(model, table)).toThrow(
      expect.objectContaining({
        code: 'CHAIN_MISMATCH',
        kind: 'content',
        message: expect.stringContaining(message) as string,
        remedy: expect.any(String) as string,
      }),
    );
  });
});
