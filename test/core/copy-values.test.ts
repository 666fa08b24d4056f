import { expect, it } from 'vitest';
import { copyValues } from '../../src/contracts/copy-values.ts';

it('copies between memory of one thread and of several, wherever it starts, and never in part', () => {
  const far = new SharedArrayBuffer(2 ** 32 + 64); // pages that are not touched take no memory
  for (const byteOffset of [0, 8, 2 ** 32]) {
    const values = new Float64Array(far, byteOffset, 3);
    values.set([byteOffset, 2, 3]);
    for (const buffer of [new ArrayBuffer(64), new SharedArrayBuffer(64)]) {
      const to = new Float64Array(buffer, 8, 6);
      copyValues(values, to, 2);
      expect([...to]).toEqual([0, 0, byteOffset, 2, 3, 0]);
      expect(() => copyValues(values, to, 4)).toThrow(RangeError);
      copyValues(to.subarray(2, 5), values, 0);
      expect([...values]).toEqual([byteOffset, 2, 3]);
    }
  }
});
