import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { tableFromColumns } from '../../src/data/table/index.ts';
import { createMlflowClient, syncTracking } from '../../src/tracking/index.ts';
import { openStore } from '../../src/data/store/index.ts';
import { minio } from '../setup/minio.ts';
import { mlflow } from '../setup/mlflow.ts';
import { freshStore, MODEL, OWNER, trackingOf } from './fixtures.ts';

const server = await mlflow();
const READ_BACK = fileURLToPath(new URL('read-back.py', import.meta.url));

const ROWS = {
  year: Float64Array.of(1990, 2001, 2010),
  size: Float64Array.of(0, 1.25, 4),
  flag: Float64Array.of(0, 1, 0),
};
/** The example model by hand: (year - 2000) / 5 + 2 (size - 2) + 3 flag + 4. */
const PREDS = [-2, 5.7, 10];

interface Ran {
  readonly tracking: { readonly experimentId: string; readonly runIds: readonly string[] };
  readonly runs: readonly { readonly tasks: readonly { readonly id: string; readonly state: string }[] }[];
}

interface ReadBack {
  readonly experimentId: string;
  readonly artifactLocation: string;
  readonly runs: readonly {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly params: Record<string, string>;
    readonly metrics: Record<string, number>;
    readonly tags: Record<string, string>;
    readonly datasets: [string, string][];
    readonly artifacts: string[];
    readonly history: Record<string, [number, number][]>;
  }[];
  readonly model?: {
    readonly tags: Record<string, string>;
    readonly aliases: Record<string, string>;
    readonly versions: { readonly version: string; readonly run: string; readonly tags: Record<string, string> }[];
    readonly preds: number[];
    readonly signature: string[];
    readonly onnxInputs: string[];
  };
}

/** MLflow's own Python client, which takes seconds to import: one for the file, and it ends with it. */
const reader = server && spawn(server.python, [READ_BACK], { env: { ...process.env, ...server.env } });
const answers = reader && createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
let complaint = '';
reader?.stderr.on('data', (chunk: Buffer) => (complaint += chunk));

/** What MLflow's own Python client sees. */
async function readBack(what: object): Promise<ReadBack> {
  reader!.stdin.write(`${JSON.stringify(what)}\n`);
  const { done, value } = await answers!.next();
  if (done) throw new Error(complaint);
  return JSON.parse(value) as ReadBack;
}

afterAll(() => void reader?.stdin.end());

const client = createMlflowClient(server?.env ?? {});

interface Seen {
  readonly info: { readonly run_id: string; readonly run_name: string; readonly status: string };
}

/** Runs of an experiment by the time they began. */
async function runsOf(experiment_name: string): Promise<Seen[]> {
  const { experiment } = await client!.get<{ experiment: { experiment_id: string } }>('experiments/get-by-name', {
    experiment_name,
  });
  const query = {
    experiment_ids: [experiment.experiment_id],
    order_by: ['attributes.start_time', 'attributes.run_name'],
  };
  return (await client!.post<{ runs?: Seen[] }>('runs/search', query)).runs ?? [];
}

async function registered(name: string) {
  type Model = { registered_model: { aliases?: { alias: string; version: string }[] } };
  type Versions = { model_versions: { version: string; tags?: { key: string }[] }[] };
  const { aliases = [] } = (await client!.get<Model>('registered-models/get', { name })).registered_model;
  const { model_versions } = await client!.get<Versions>('model-versions/search', { filter: `name='${name}'` });
  return { aliases, versions: model_versions.toSorted((a, b) => Number(a.version) - Number(b.version)) };
}

describe.skipIf(!server)('with a real MLflow', () => {
  it('its own client reads back runs, a registered model by alias, and predicts with it', async () => {
    const store = await freshStore();
    const tracking = trackingOf(store, 'run-1');
    const example = tableFromColumns(ROWS);
    const id = await tracking.track({ experiment: 'Possum tails', name: 'RidgeCV' }, async (run) => {
      run.params({ alphas: [0.1, 1, 10] });
      run.metrics({ rmse: 1.5, [`it's odd (μ)`]: 2 });
      for (const step of [1, 2, 3]) run.metrics({ loss: 1 / step }, step);
      await run.model('model', MODEL, { example });
      await run.artifact('notes.txt', 'hello');
      await run.track('fold 1', (fold) => fold.metrics({ score: -1 }));
      return run.id;
    });
    await tracking
      .track({ experiment: 'Possum tails', name: 'bad' }, () => {
        throw new Error('no luck');
      })
      .catch(() => undefined);
    await tracking.models.create('Reg_read_back', { tags: { team: 'possum' } });
    const { version } = await tracking.models.createVersion('Reg_read_back', {
      run: id,
      path: 'model',
      tags: { a: 'b' },
    });
    await tracking.models.setAlias('Reg_read_back', 'staging', version);

    expect(await syncTracking(store, server!.env, OWNER)).toMatchObject({ server: server!.uri, sent: 7, waiting: 0 });
    expect(await syncTracking(store, server!.env, OWNER)).toMatchObject({ sent: 0, waiting: 0 });

    const rows = Object.fromEntries(Object.entries(ROWS).map(([name, values]) => [name, [...values]]));
    const seen = await readBack({
      experiment: 'Possum tails',
      model: { name: 'Reg_read_back', alias: 'staging', rows },
    });
    const byName = Object.fromEntries(seen.runs.map((run) => [run.name, run]));
    expect(Object.keys(byName).toSorted()).toEqual(['RidgeCV', 'bad', 'fold 1']);
    const fitted = byName['RidgeCV']!;
    expect(fitted).toMatchObject({
      status: 'FINISHED',
      params: { alphas: '[0.1,1,10]' },
      metrics: { rmse: 1.5, loss: 1 / 3 },
      datasets: [['features', 'ab'.repeat(18)]],
      artifacts: ['model', 'notes.txt'],
      history: {
        loss: [
          [1, 1],
          [2, 1 / 2],
          [3, 1 / 3],
        ],
      },
    });
    expect(fitted.tags).toMatchObject({ 'ridgeline.tracked_run': id, 'ridgeline.dag': 'possum_train' });
    expect(byName['fold 1']!.tags['mlflow.parentRunId']).toBe(fitted.id);
    expect(byName['bad']).toMatchObject({ status: 'FAILED', tags: { 'ridgeline.error': 'Error: no luck' } });

    const model = seen.model!;
    expect(model).toMatchObject({
      tags: { team: 'possum' },
      aliases: { staging: '1' },
      signature: ['year', 'size', 'flag'],
    });
    expect(model.versions).toMatchObject([{ version: '1', run: fitted.id, tags: { a: 'b' } }]);
    expect(model.onnxInputs).toEqual(['features']);
    model.preds.forEach((value, i) => expect(Math.abs(value - PREDS[i]!)).toBeLessThanOrEqual(1e-12));
  }, 240_000);

  it('registers a second version, moves the alias and tags the former holder', async () => {
    const store = await freshStore();
    const tracking = trackingOf(store, 'run-2');
    await tracking.models.create('Moving');
    for (const name of ['first', 'second']) {
      const run = await tracking.track({ experiment: 'Moving', name }, async (tracked) => {
        await tracked.model('model', MODEL);
        return tracked.id;
      });
      const { version } = await tracking.models.createVersion('Moving', { run, path: 'model' });
      await tracking.models.setAlias('Moving', 'staging', version, { archived: 'true' });
      await syncTracking(store, server!.env, OWNER);
    }
    const { aliases, versions } = await registered('Moving');
    expect(aliases).toEqual([{ alias: 'staging', version: '2' }]);
    expect(versions.map(({ tags = [] }) => tags.some(({ key }) => key === 'archived'))).toEqual([true, false]);
  });

  it('loses and doubles nothing when it is cut off between any two calls', async () => {
    const store = await freshStore();
    const tracking = trackingOf(store, 'run-3');
    await tracking.models.create('Cut');
    const run = await tracking.track({ experiment: 'Cut', name: 'RidgeCV' }, async (tracked) => {
      tracked.params({ alpha: 1 });
      for (const step of [1, 2]) tracked.metrics({ loss: step }, step);
      await tracked.model('model', MODEL);
      await tracked.track('inner', (inner) => inner.metrics({ score: 1 }));
      return tracked.id;
    });
    await tracking.models.createVersion('Cut', { run, path: 'model' });
    await tracking.models.setAlias('Cut', 'staging', 1);

    // A proxy that lets one more call through at each try, then loses the answer of the next: the server has heard it.
    let allowed = 0;
    let calls = 0;
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const init: RequestInit = {
        method: request.method!,
        headers: { 'content-type': request.headers['content-type'] ?? '' },
      };
      if (chunks.length > 0) init.body = Buffer.concat(chunks);
      const answer = await fetch(server!.uri + request.url!, init);
      const body = Buffer.from(await answer.arrayBuffer());
      if (++calls > allowed) return request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
    });
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
    const MLFLOW_TRACKING_URI = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    let failures = 0;
    for (; ; allowed++) {
      calls = 0;
      try {
        await syncTracking(store, { MLFLOW_TRACKING_URI }, OWNER);
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'TRACKING_UNREACHABLE' });
        failures++;
      }
    }
    proxy.close();
    proxy.closeAllConnections();
    expect(failures).toBeGreaterThan(10);
    const runs = await runsOf('Cut');
    expect(runs.map(({ info }) => [info.run_name, info.status])).toEqual([
      ['RidgeCV', 'FINISHED'],
      ['inner', 'FINISHED'],
    ]);
    const query = { run_id: runs[0]!.info.run_id, metric_key: 'loss' };
    const history = await client!.get<{ metrics: { step: number; value: number }[] }>('metrics/get-history', query);
    expect(history.metrics.map(({ step, value }) => [step, value])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const { aliases, versions } = await registered('Cut');
    expect(versions).toHaveLength(1);
    expect(aliases).toEqual([{ alias: 'staging', version: '1' }]);
  });

  it('sends later what it could not send while MLflow was down', async () => {
    const store = await freshStore();
    await trackingOf(store, 'run-4').track({ experiment: 'Down', name: 'first' }, () => undefined);
    await server!.stop();
    await expect(syncTracking(store, server!.env, OWNER)).rejects.toMatchObject({
      code: 'TRACKING_UNREACHABLE',
      kind: 'store',
      message: expect.stringContaining(server!.uri),
      remedy: expect.stringContaining('ridgeline runs sync'),
    });
    await trackingOf(store, 'run-5').track({ experiment: 'Down', name: 'second' }, () => undefined);
    await server!.start();
    expect(await syncTracking(store, server!.env, OWNER)).toMatchObject({ sent: 3 });
    expect((await runsOf('Down')).map(({ info }) => info.run_name)).toEqual(['first', 'second']);
  }, 240_000);

  it('says how to bring back an experiment that was deleted there', async () => {
    const store = await freshStore();
    await trackingOf(store, 'run-6').track({ experiment: 'Gone', name: 'x' }, () => undefined);
    await trackingOf(store, 'run-7').track({ experiment: 'There', name: 'x' }, () => undefined);
    const { experiment_id } = await client!.post<{ experiment_id: string }>('experiments/create', { name: 'Gone' });
    await client!.post('experiments/delete', { experiment_id });
    await expect(syncTracking(store, server!.env, OWNER)).rejects.toMatchObject({
      code: 'TRACKING_EXPERIMENT_DELETED',
      remedy: expect.stringContaining(`mlflow experiments restore --experiment-id ${experiment_id}`),
    });
    expect(await runsOf('There')).toHaveLength(1); // what can be sent was sent
  });

  it('leaves the runs of another home to it, and those that have not ended', async () => {
    const store = await freshStore();
    await trackingOf(store, 'run-8').track({ experiment: 'Others', name: 'x' }, async () => {
      expect(await syncTracking(store, server!.env, OWNER)).toMatchObject({ sent: 1, waiting: 1 });
    });
    expect(await syncTracking(store, server!.env, 'another home')).toMatchObject({ sent: 0, waiting: 1 });
    expect(await syncTracking(store, server!.env, OWNER)).toMatchObject({ sent: 1, waiting: 0 });
  });
});

async function answering(status: number, body: string, path?: string) {
  const http = createServer((request, response) => {
    const isPath = path === undefined || request.url!.startsWith(path);
    response.writeHead(isPath ? status : 200).end(isPath ? body : '3.1.0');
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  afterAll(() => void http.close());
  const store = await freshStore();
  await trackingOf(store, 'run').track({ name: 'x' }, () => undefined);
  const MLFLOW_TRACKING_URI = `http://user:hunter2@127.0.0.1:${(http.address() as AddressInfo).port}`;
  return syncTracking(store, { MLFLOW_TRACKING_URI }, OWNER).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

describe.skipIf(!server)('ridgeline run possum with a real MLflow and a real MinIO', () => {
  const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

  it('from empty: one command, then everything is there for Python; again: a second version', async () => {
    const files = (await minio())!;
    const home = await mkdtemp(join(tmpdir(), 'ridgeline-possum-'));
    const url = `s3://${await files.createBucket()}`;
    const env = { ...process.env, ...files.env, ...server!.env };
    const run = async (): Promise<Ran> => {
      const command = ['--conditions=source', MAIN, 'run', 'possum', '--json', '--home', home, '--store', url];
      const { stdout } = await promisify(execFile)(process.execPath, command, { env });
      return JSON.parse(stdout) as Ran;
    };
    const first = await run();
    expect(first).toMatchObject({ state: 'success', tracking: { uri: server!.uri, modelVersion: 1, sent: true } });

    const store = await openStore(url, files.env);
    const text = async (key: string): Promise<string[][]> =>
      new TextDecoder()
        .decode(await store.get(key))
        .trim()
        .split('\n')
        .map((line) => line.split(','));
    const [header = [], ...lines] = await text('data/possum.csv');
    const complete = lines.filter((line) => line.every((cell) => cell !== '' && cell !== 'NA'));
    const inputs = header.filter((name) => name !== 'case' && name !== 'taill');
    const cellsOf = (name: string): (string | number)[] =>
      complete
        .map((line) => line[header.indexOf(name)]!)
        .map((cell) => (['sex', 'Pop'].includes(name) ? cell : Number(cell)));
    const rows = Object.fromEntries(inputs.map((name) => [name, cellsOf(name)]));
    const model = { name: 'Reg_RidgeCV_possums', alias: 'staging', rows };
    const seen = await readBack({ experiment: 'Possum_tails', model });

    expect(seen.experimentId).toBe(first.tracking.experimentId);
    expect(seen.runs.map(({ name }) => name)).toEqual(expect.arrayContaining(['Scaler', 'RidgeCV']));
    expect(new Set(seen.runs.map(({ status }) => status))).toEqual(new Set(['FINISHED']));
    expect(seen.runs.map(({ id }) => id)).toEqual(first.tracking.runIds);
    expect(Object.keys(seen.runs[0]!.metrics)).toHaveLength(20);
    expect(seen.model).toMatchObject({ aliases: { staging: '1' }, versions: [{ version: '1' }] });
    const preds = (await text('data/possum_tail_length.csv')).slice(1).map((line) => Number(line.at(-1)));
    expect(preds).toHaveLength(complete.length);
    seen.model!.preds.forEach((value, i) =>
      expect(Math.abs(value - preds[i]!)).toBeLessThanOrEqual(1e-12 * Math.abs(value)),
    );

    // From the server alone: another home, another store.
    await writeFile(join(home, 'possum.csv'), await store.get('data/possum.csv'));
    const address = ['predict', 'models:/Reg_RidgeCV_possums@staging', join(home, 'possum.csv'), '--drop-missing'];
    const elsewhere = ['--conditions=source', MAIN, ...address, '--home', join(home, 'elsewhere')];
    const { stdout } = await promisify(execFile)(process.execPath, elsewhere, {
      env: { ...process.env, ...server!.env },
    });
    const fromServer = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',').at(-1)));
    expect(fromServer).toEqual(preds);

    const second = await run();
    expect(second.tracking).toMatchObject({ modelVersion: 2, sent: true });
    const create = second.runs.flatMap(({ tasks }) => tasks).filter(({ id }) => id.endsWith('create_experiment'));
    expect(create).toMatchObject([{ state: 'skipped' }]);
    expect((await registered('Reg_RidgeCV_possums')).versions).toHaveLength(2);
    await store.close();
    await rm(home, { recursive: true });
  }, 240_000);
});

describe('before a server that', () => {
  it.each([
    ['is no MLflow', 200, '<html>', undefined, 'TRACKING_SERVER', 'expected MLflow 3'],
    ['is too old', 200, '2.22.0', undefined, 'TRACKING_SERVER', 'got MLflow 2.22.0'],
    ['has other pages', 404, 'nothing here', undefined, 'TRACKING_SERVER', 'expected MLflow 3'],
    ['does not know us', 401, 'who are you', undefined, 'TRACKING_DENIED', 'HTTP_401'],
    [
      'does not let us',
      403,
      '{"error_code":"PERMISSION_DENIED","message":"no"}',
      '/api',
      'TRACKING_DENIED',
      'PERMISSION_DENIED',
    ],
    ['fails', 500, '{"error_code":"INTERNAL_ERROR","message":"oh"}', '/api', 'TRACKING_REFUSED', 'INTERNAL_ERROR (oh)'],
    ['answers no JSON', 200, '<html>', '/api', 'TRACKING_SERVER', 'an answer that is not JSON'],
  ] as const)('%s: a clear error, and no password in it', async (_, status, body, path, code, message) => {
    const error = await answering(status, body, path);
    expect(error).toMatchObject({
      code,
      kind: 'store',
      message: expect.stringContaining(message),
      remedy: expect.any(String),
    });
    expect(JSON.stringify([error!.message, error])).not.toContain('hunter2');
  });

  it('is given as a folder: what an address looks like', () => {
    expect(() => createMlflowClient({ MLFLOW_TRACKING_URI: './mlruns' })).toThrow('must be an http: or https: address');
  });
});
