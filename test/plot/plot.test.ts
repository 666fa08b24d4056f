import { describe, expect, test } from 'vitest';
import { plotAlphas, plotPredictions, RidgeCV, tableFromColumns } from 'ridgeline';
import { defaultCore } from '../../src/core/default-core.ts';
import { RidgeModel } from '../../src/core/ridge-model.ts';
import { toPng } from '../../src/tracking/plot/png.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const x = Float64Array.from({ length: 30 }, (_, i) => (i * 7) % 11);
const noise = x.map((_, i) => (((i * 13) % 7) - 3) / 4);
const table = tableFromColumns({ x, y: x.map((value, i) => 2 * value + noise[i]! + 1) });

describe('predicted against true', () => {
  test('a point for each row that has both, on one scale, with identity and band', async () => {
    const model = await new RidgeCV({ features: ['x'], target: 'y' }).fit(table);
    const svg = text(await plotPredictions(model.predict(table), { truth: 'y', target: 'rent <EUR> & "more"', model }));
    expect(svg.match(/<circle /g)).toHaveLength(30);
    expect(svg).toContain('30 rows; dashes: predicted = true; band: ± ');
    expect(svg).toContain('true rent &lt;EUR&gt; &amp; &quot;more&quot;');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const [, cx, cy] = /<circle cx="([\d.]+)" cy="([\d.]+)"/.exec(svg)!;
    expect([Number(cx), Number(cy)].every((at) => at > 0 && at < 640)).toBe(true);
  });

  test('rows without a value are left out; none left is an error', async () => {
    const some = tableFromColumns({ y: Float64Array.of(1, Number.NaN, 3), preds: Float64Array.of(1, 2, 4) });
    expect(text(await plotPredictions(some, { truth: 'y' })).match(/<circle /g)).toHaveLength(2);
    const none = tableFromColumns({ y: Float64Array.of(Number.NaN), preds: Float64Array.of(1) });
    await expect(plotPredictions(none, { truth: 'y' })).rejects.toMatchObject({ code: 'NO_ROWS' });
    await expect(plotPredictions(some, { truth: 'z' })).rejects.toThrow('"z"');
  });
});

test('of many rows 10,000 are drawn at even distances, on the scale of all; the picture and the caller are told', async () => {
  const y = Float64Array.from({ length: 25_000 }, (_, i) => (i === 24_999 ? 1000 : i % 10));
  const told: number[] = [];
  const options = { truth: 'y', onThinned: (...counts: [number, number]) => told.push(...counts) };
  const svg = text(await plotPredictions(tableFromColumns({ y, preds: y }), options));
  expect(svg.match(/<circle /g)).toHaveLength(10_000);
  expect(svg).toContain('>10,000 of 25,000 rows; dashes');
  expect(svg).toContain('>1,000</text>');
  expect(told).toEqual([10_000, 25_000]);
  const few = { y: y.subarray(0, 10_000), preds: y.subarray(0, 10_000) };
  expect(text(await plotPredictions(tableFromColumns(few), options))).toContain('>10,000 rows; dashes');
  expect(told).toHaveLength(2);
});

test('control characters of a name are left out: XML has none', async () => {
  const named = tableFromColumns({ 'y\x1b[1m\0\uffff\x85': x, preds: x });
  const options = { truth: 'y\x1b[1m\0\uffff\x85', title: 'a\tb\x07' };
  const svg = text(await plotPredictions(named, options));
  expect(svg).toContain('>true y[1m<');
  expect(svg).toContain('>a\tb<');
  expect(await plotPredictions(named, { ...options, format: 'png' })).toBeInstanceOf(Uint8Array);
});

describe('the alpha curve', () => {
  test('has a point for each alpha and marks the chosen one', async () => {
    const model = await new RidgeCV({ features: ['x'], target: 'y' }).fit(table);
    const svg = text(await plotAlphas(model));
    expect(svg.match(/<circle /g)).toHaveLength(31);
    expect(svg).toContain(`alpha ${Number(model.alpha.toPrecision(4))}</text>`);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('of 200,000 alphas is bounded, and needs no stack for them', async () => {
    const model = await new RidgeCV({ features: ['x'], target: 'y' }).fit(table);
    const alphas = Array.from({ length: 200_000 }, (_, i) => 1 + i / 1000);
    const mse = alphas.map((alpha) => (alpha - 70) ** 2);
    const many = new RidgeModel(await defaultCore(), { ...model.artifact, alphas, alpha: 70, mse });
    const svg = text(await plotAlphas(many));
    expect(svg.match(/<circle /g)).toHaveLength(10_001);
    expect(svg).toContain('>10,000 of 200,000 alphas; the smallest error is chosen<');
  });

  test('needs more than one alpha', async () => {
    const model = await new RidgeCV({ features: ['x'], target: 'y', alpha: 1 }).fit(table);
    await expect(plotAlphas(model)).rejects.toMatchObject({ code: 'NO_SWEEP' });
  });
});

const box = (inside: string) => `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">${inside}</svg>`;

test('a PNG is twice the size, has letters without any font of the machine, and the same bytes again', async () => {
  const png = await toPng(box('<text x="2" y="15" font-family="Arial, sans-serif">Text ± 2</text>'));
  expect([...png.subarray(1, 4)]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)));
  const view = new DataView(png.buffer, png.byteOffset);
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([120, 40]);
  expect(png.byteLength).toBeGreaterThan((await toPng(box(''))).byteLength + 200);
  expect(await plotPredictions(tableFromColumns({ y: x, preds: x }), { truth: 'y', format: 'png' })).toEqual(
    await plotPredictions(tableFromColumns({ y: x, preds: x }), { truth: 'y', format: 'png' }),
  );
});
