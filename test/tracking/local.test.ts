import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/contracts/store.ts';
import type { RunRecord } from '../../src/tracking/records.ts';
import { syncTracking } from '../../src/tracking/index.ts';
import { freshStore, MODEL, OWNER, trackingOf } from './fixtures.ts';

let store: Store;
beforeEach(async () => {
  store = await freshStore();
});

async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

async function runs(): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for (const key of await keys('_tracking/runs/'))
    records.push(JSON.parse(new TextDecoder().decode(await store.get(key))) as RunRecord);
  return records.toSorted((a, b) => a.startTime - b.startTime);
}

async function logged(run: string): Promise<string> {
  return trackingOf(store, run).track({ name: 'fit' }, async (tracked) => {
    await tracked.model('model', MODEL);
    return tracked.id;
  });
}

describe('tracking without a server', () => {
  it('keeps experiments', async () => {
    const { experiments } = trackingOf(store, 'r1');
    expect(await experiments.find('Possum_tails')).toBeUndefined();
    await experiments.create('Possum_tails', { artifactLocation: 's3://mlflow/possum' });
    await experiments.create('größe & co');
    expect(await experiments.find('Possum_tails')).toMatchObject({ artifactLocation: 's3://mlflow/possum' });
    expect(await experiments.list()).toEqual(['Possum_tails', 'größe & co']);
    await expect(experiments.create('Possum_tails')).rejects.toMatchObject({ code: 'TRACKING_EXISTS' });
  });

  it.each(['', '  ', '..', 'a/b', 'a:b', 'x'.repeat(81), 'a\nb'])('refuses the name %j', async (name) => {
    const { experiments, models } = trackingOf(store, 'r1');
    await expect(experiments.find(name)).rejects.toMatchObject({ code: 'TRACKING_NAME' });
    await expect(models.create(name)).rejects.toMatchObject({ code: 'TRACKING_NAME' });
  });

  it('writes down a run with all that was said of it, and answers what the work returned', async () => {
    const answer = await trackingOf(store, 'r1').track({ experiment: 'E', name: 'RidgeCV' }, async (run) => {
      run.params({ alphas: [0.1, 1], solver: 'exact', intercept: true });
      run.metrics({ rmse: 1.5, r2: 0.1 + 0.2 });
      for (const step of [1, 2]) run.metrics({ loss: 1 / step }, step);
      run.metrics({ broken: Number.NaN });
      run.tags({ stage: 'test' });
      await run.artifact('plots/curve.svg', '<svg/>');
      return 42;
    });
    expect(answer).toBe(42);
    const [record] = await runs();
    expect(record).toMatchObject({
      experiment: 'E',
      name: 'RidgeCV',
      status: 'FINISHED',
      parent: null,
      params: { alphas: '[0.1,1]', solver: 'exact', intercept: 'true' },
      datasets: [{ name: 'features', version: 3, sha256: 'ab'.repeat(32) }],
      artifacts: [{ path: 'plots/curve.svg', sizeBytes: 6 }],
      error: null,
      owner: OWNER,
    });
    expect(record!.metrics.map(({ key, value, step }) => [key, value, step])).toEqual([
      ['rmse', 1.5, 0],
      ['r2', 0.30000000000000004, 0],
      ['loss', 1, 1],
      ['loss', 0.5, 2],
      ['broken', 'NaN', 0],
    ]);
    expect(record!.tags).toMatchObject({ stage: 'test', 'ridgeline.dag': 'possum_train', 'mlflow.runName': 'RidgeCV' });
    expect(record!.endTime).toBeGreaterThanOrEqual(record!.startTime);
    expect(new TextDecoder().decode(await store.get(`_tracking/artifacts/${record!.id}/plots/curve.svg`))).toBe(
      '<svg/>',
    );
    expect(await trackingOf(store, 'r1').experiments.list()).toEqual(['E']);
  });

  it('writes down why a run failed, and lets the error through', async () => {
    const failing = trackingOf(store, 'r1').track({ experiment: 'E', name: 'x' }, () => {
      throw new Error('no convergence');
    });
    await expect(failing).rejects.toThrow('no convergence');
    expect(await runs()).toMatchObject([{ status: 'FAILED', error: 'Error: no convergence' }]);
  });

  it('tells a run that was stopped from one that failed', async () => {
    const signal = AbortSignal.abort(new Error('timeout'));
    const stopped = trackingOf(store, 'r1', { signal }).track({ name: 'x' }, () => signal.throwIfAborted());
    await expect(stopped).rejects.toThrow('timeout');
    expect(await runs()).toMatchObject([{ status: 'KILLED', experiment: 'Default' }]);
  });

  it('keeps runs within runs', async () => {
    await trackingOf(store, 'r1').track({ name: 'outer' }, async (outer) => {
      for (const fold of [1, 2]) await outer.track(`fold ${fold}`, (inner) => inner.metrics({ fold }));
    });
    const all = await runs();
    const outer = all.find(({ name }) => name === 'outer')!;
    expect(all.filter(({ parent }) => parent === outer.id).map(({ name }) => name)).toEqual(['fold 1', 'fold 2']);
  });

  it('writes the same records again when an attempt is run again after a crash, other ones for a retry', async () => {
    await trackingOf(store, 'r1').track({ name: 'x' }, () => undefined);
    await trackingOf(store, 'r1').track({ name: 'x' }, () => undefined);
    expect(await runs()).toHaveLength(1);
    await trackingOf(store, 'r1', { attempt: 2 }).track({ name: 'x' }, () => undefined);
    expect(await runs()).toHaveLength(2);
  });

  it('sets a parameter once, and refuses what MLflow never takes', async () => {
    await trackingOf(store, 'r1').track({ name: 'x' }, (run) => {
      run.params({ a: 1 });
      run.params({ a: 1 });
      expect(() => run.params({ a: 2 })).toThrow('"a" is set already, to 1');
      expect(() => run.params({ b: 'x'.repeat(6001) })).toThrow('at most 6000 characters');
    });
  });

  it('sends nothing anywhere', async () => {
    await trackingOf(store, 'r1').track({ name: 'x' }, () => undefined);
    expect(await syncTracking(store, {}, OWNER)).toBeUndefined();
  });

  describe('registers models', () => {
    it('by name, with versions from 1, one for each source', async () => {
      const { models } = trackingOf(store, 'r1');
      expect(await models.find('Reg')).toBeUndefined();
      await expect(models.createVersion('Reg', { run: 'x/y', path: 'model' })).rejects.toMatchObject({
        code: 'TRACKING_UNKNOWN',
      });
      await models.create('Reg', { tags: { team: 'possum' } });
      await expect(models.create('Reg')).rejects.toMatchObject({ code: 'TRACKING_EXISTS' });
      const first = await models.createVersion('Reg', { run: await logged('r1'), path: 'model' });
      const second = await models.createVersion('Reg', { run: await logged('r2'), path: 'model' });
      const again = await models.createVersion('Reg', { run: first.run, path: 'model' });
      expect([first.version, second.version, again.version]).toEqual([1, 2, 1]);
      expect(await models.find('Reg')).toMatchObject({ latest: 2, tags: { team: 'possum' }, aliases: {} });
    });

    it('with distinct versions when several register at once', async () => {
      const { models } = trackingOf(store, 'r1');
      await models.create('Reg');
      const sources = Array.from({ length: 10 }, (_, i) => ({ run: `r/${i}`, path: 'model' }));
      const made = await Promise.all(sources.map((source) => models.createVersion('Reg', source)));
      expect(made.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('with an alias that moves, tagging who had it before', async () => {
      const { models } = trackingOf(store, 'r1');
      await models.create('Reg');
      for (const run of ['a/1', 'a/2']) await models.createVersion('Reg', { run, path: 'model' });
      await models.setAlias('Reg', 'staging', 1, { archived: 'true' });
      expect(await models.findVersion('Reg', 'staging')).toMatchObject({ version: 1 });
      await models.setAlias('Reg', 'staging', 2, { archived: 'true' });
      expect(await models.find('Reg')).toMatchObject({ aliases: { staging: 2 } });
      expect(await models.findVersion('Reg', 1)).toMatchObject({ tags: { archived: 'true' } });
      expect((await models.findVersion('Reg', 'staging'))?.tags).toBeUndefined();
      await expect(models.setAlias('Reg', 'staging', 9)).rejects.toMatchObject({ code: 'TRACKING_UNKNOWN' });
    });
  });
});
