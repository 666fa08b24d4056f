import { describe, expect, it } from 'vitest';
import type { Core } from '../../src/core/index.ts';
import { builds, fitRidge, fitScaler } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';

const cores = builds();
const core = cores['simd']!;
const { x, y } = regressionData(7333, 5, 12);
const alphas = core.logspace(-3, 1, 7);

function everything(c: Core) {
  const { mean, scale } = fitScaler(c, x);
  const fitted = fitRidge(c, x, y, { alphas, mean, scale });
  return { mean, scale, fitted, predicted: c.predict({ ...fitted, mean, scale }, x) };
}

describe('the same bits', () => {
  it.each(['scalar', 'shared'])('come out of the %s build', (name) => {
    expect(everything(cores[name]!)).toEqual(everything(core));
  });

  it.each([1, 2, 3, 4, 5])('come out of rows in random pieces (seed %i)', (seed) => {
    const random = seeded(seed);
    const pieces: [number, number][] = [];
    for (let from = 0; from < y.length;) {
      const to = Math.min(y.length, from + 1 + random.integer(seed === 1 ? 40 : 3000));
      pieces.push([from, to]);
      from = to;
    }
    const scaler = core.scalerFit(5);
    for (const [from, to] of pieces) scaler.push(x.map((column) => column.subarray(from, to)));
    expect(scaler.finish()).toEqual(fitScaler(core, x));

    const fit = core.ridgeFit({ p: 5, alphas });
    do {
      for (const [from, to] of pieces) {
        fit.push(
          x.map((column) => column.subarray(from, to)),
          y.subarray(from, to),
        );
      }
    } while (fit.next());
    expect(fit.finish()).toEqual(fitRidge(core, x, y, { alphas }));
  });

  it.each([
    [1, 2],
    [3, 4],
    [5, 2],
    [2, 7],
  ])('come out of ranges of chunks done apart (cuts after chunk %i and %i)', (a, b) => {
    const edges = [0, ...[a, b].toSorted().map((chunk) => chunk * core.chunkRows), y.length];
    const ranges = edges.slice(1).map((to, i) => [edges[i]!, to] as const);
    const rows = (from: number, to: number) => x.map((column) => column.subarray(from, to));

    const scaler = core.scalerFit(5);
    for (const [from, to] of ranges) {
      const part = core.scalerFit(5, { firstRow: from });
      part.push(rows(from, to));
      scaler.append(structuredClone(part.save()));
    }
    expect(scaler.finish()).toEqual(fitScaler(core, x));

    const fit = core.ridgeFit({ p: 5, alphas });
    do {
      for (const [from, to] of ranges) {
        const part = core.ridgePass(structuredClone(fit.job), from);
        part.push(rows(from, to), y.subarray(from, to));
        fit.append(structuredClone(part.save()));
      }
    } while (fit.next());
    expect(fit.finish()).toEqual(fitRidge(core, x, y, { alphas }));
  });

  it('refuse ranges out of order', () => {
    const part = core.ridgePass(core.ridgeFit({ p: 5, alphas }).job, 2 * core.chunkRows);
    part.push(x, y);
    expect(() => core.ridgeFit({ p: 5, alphas }).append(part.save())).toThrow('appended in row order');
  });
});
