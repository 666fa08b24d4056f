import { describe, expect, it } from 'vitest';
import { createCore } from '../../src/core/index.ts';
import { fitRidge, fitScaler, relativeError } from '../reference/core.ts';
import { NIST } from '../reference/nist.ts';
import { exactLeastSquares } from '../reference/rational.ts';

const core = await createCore();

describe('NIST StRD linear regression, against the exact solution of the design in doubles', () => {
  it.each(NIST)('$name: at least 12 digits, standardised on the way in', ({ x, y, intercept }) => {
    const ones = intercept ? [Array.from(y, () => 1)] : [];
    const exact = exactLeastSquares([...ones, ...x.map((column) => [...column])], [...y]);
    // Without an intercept nothing may be centred.
    const { mean, scale } = fitScaler(core, x);
    const scaling = intercept ? { mean, scale } : { scale };
    const fitted = fitRidge(core, x, y, { alphas: [0], fitIntercept: intercept, ...scaling });
    const got = [...(intercept ? [fitted.interceptRaw] : []), ...fitted.coefRaw];
    expect(relativeError(got, exact)).toBeLessThan(1e-12);
  });
});
