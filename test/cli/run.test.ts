import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunJson } from '../../src/cli/run-json.ts';
import { FEATURES, TARGET } from '../../src/pipelines/housing/california.ts';
import { minio } from '../setup/minio.ts';
import { openStore } from '../../src/data/store/index.ts';
import { ridgeline, scratch, start } from './ridgeline.ts';
import type { StartOptions } from './ridgeline.ts';

const server = await minio();
const dataDir = process.env['RIDGELINE_DATA_DIR'];
const RUN = ['run', 'housing', '--json', '--source', 'synthetic'];

async function runJson(options: StartOptions, args: readonly string[] = RUN): Promise<RunJson> {
  const { code, stdout, stderr } = await ridgeline(args, options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as RunJson;
}

/** SHA-256 by key of everything under `data/` and `objects/`. */
async function objectsOf(url: string, env: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  const store = await openStore(url, env);
  const hashes: Record<string, string> = {};
  for (const prefix of ['data/', 'objects/'])
    for await (const { key } of store.list(prefix))
      hashes[key] = createHash('sha256')
        .update(await store.get(key))
        .digest('hex');
  await store.close();
  return hashes;
}

describe('ridgeline run housing', () => {
  it('runs the producer, and the consumer triggered by its version', async () => {
    const home = scratch();
    const json = await runJson({ home });
    expect(json).toMatchObject({
      state: 'success',
      source: { name: 'synthetic housing', synthetic: true },
      runs: [
        { dag: 'housing_features', state: 'success', trigger: { type: 'manual' }, published: { built_features: 1 } },
        {
          dag: 'housing_ridge',
          state: 'success',
          trigger: { type: 'dataset', dataset: 'built_features', version: 1 },
          inputs: { built_features: 1 },
        },
      ],
      model: { features: [...FEATURES] },
      outputs: [
        { key: 'data/housing.csv', rows: 20_640 },
        { key: 'data/housing_pred.csv', rows: 20_640 },
      ],
    });
    expect(
      json.runs.flatMap(({ tasks }) => tasks.map(({ id, state, attempts }) => `${id} ${state} ${attempts}`)),
    ).toEqual([
      'extract success 1',
      'save_data_to_s3 success 1',
      'featurize success 1',
      'train success 1',
      'predict success 1',
      'save_predictions success 1',
    ]);
    for (const { key, sizeBytes } of json.outputs) {
      const lines = readFileSync(join(home, 'store', key), 'utf8').split('\n');
      expect(lines).toHaveLength(20_642);
      expect(lines[0]!.split(',')).toEqual([...FEATURES, TARGET, ...(key.includes('pred') ? ['preds'] : [])]);
      expect(lines.join('\n')).toHaveLength(sizeBytes);
    }
    // A model carries the version it was fitted on (R5).
    expect(JSON.parse(readFileSync(join(home, 'store', json.model!.key), 'utf8'))).toMatchObject({
      dataset: { name: 'built_features', version: 1 },
    });
    expect(readdirSync(join(home, 'tmp'))).toEqual([]);
  });

  it.skipIf(dataDir === undefined)('finds on the real data what scikit-learn finds', async () => {
    const json = await runJson({ home: scratch(), env: { RIDGELINE_DATA_DIR: dataDir! } }, [
      ...RUN.slice(0, 3),
      '--source',
      'file',
    ]);
    expect(json.source).toEqual({
      name: 'cal_housing.tgz',
      synthetic: false,
      sha256: 'aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681',
    });
    expect(json.model!.alpha).toBe(10);
  });

  it('run again publishes a second version, pins its consumer to it, and keeps the first', async () => {
    const home = scratch();
    const first = await runJson({ home });
    const second = await runJson({ home });
    expect(second.runs.map(({ inputs, published }) => ({ inputs, published }))).toEqual([
      { inputs: {}, published: { built_features: 2 } },
      { inputs: { built_features: 2 }, published: {} },
    ]);
    const shown = JSON.parse((await ridgeline(['dataset', 'show', 'built_features', '--json'], { home })).stdout) as {
      versions: { version: number; run: string }[];
    };
    expect(shown.versions.map(({ version, run }) => [version, run])).toEqual([
      [1, first.runs[0]!.id],
      [2, second.runs[0]!.id],
    ]);
    expect(existsSync(join(home, 'store', first.model!.key))).toBe(true);
    const { stdout } = await ridgeline(['dataset', 'get', 'built_features@1'], { home });
    expect(stdout.split('\n')).toHaveLength(20_642);
  });

  it('rebuilds versions and lineage from the log when the state database is gone', async () => {
    const home = scratch();
    await runJson({ home });
    await runJson({ home });
    const show = async (): Promise<string> =>
      (await ridgeline(['dataset', 'show', 'built_features', '--json'], { home })).stdout;
    const before = await show();
    for (const name of readdirSync(home)) if (name.startsWith('state.db')) rmSync(join(home, name));
    expect(await show()).toBe(before);
    const third = await runJson({ home });
    expect(third.runs.map(({ published, inputs }) => ({ ...published, ...inputs }))).toEqual([
      { built_features: 3 },
      { built_features: 3 },
    ]);
  });

  it('tells a person what ran and why, where the files are and what to try next', async () => {
    const folder = scratch();
    const { code, stdout, stderr } = await ridgeline(['run', 'housing', '--source', 'synthetic'], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const words of [
      'housing_ridge  triggered by built_features version 1',
      '→ published built_features version 1',
      'SYNTHETIC',
      '.ridgeline/store/data/housing_pred.csv  20,640 rows',
      'npx ridgeline dataset show built_features',
    ])
      expect(stdout).toContain(words);
    expect(stdout).toMatch(/npx ridgeline predict objects\/[0-9a-f]{8} data\/housing\.csv /); // raw, not what was predicted
    expect(stdout).not.toContain('\u001b');
  });

  it('does not fall back to synthetic data unless it may', async () => {
    const env = { RIDGELINE_DATA_DIR: scratch() };
    const { code, stdout, stderr } = await ridgeline(['run', 'housing', '--source', 'file'], { home: scratch(), env });
    expect(stderr).toMatch(/cal_housing\.tgz/);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  it('two at once on one home: both complete, the second after the first', async () => {
    const home = scratch();
    const runs = await Promise.all([ridgeline(RUN, { home }), ridgeline(RUN, { home })]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    const versions = runs.map(({ stdout }) => (JSON.parse(stdout) as RunJson).runs[0]!.published['built_features']);
    expect(versions.toSorted()).toEqual([1, 2]);
  });

  it('stops at Ctrl-C with 130, and the same command finishes what was under way', async () => {
    const home = scratch();
    const { child, ended } = start(['run', 'housing', '--source', 'synthetic'], { home });
    await published(home);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/interrupted.*\n {2}the same command .*\n$/);
    const again = await ridgeline(['run', 'housing', '--source', 'synthetic'], { home });
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/resumed housing_/);
  });
});

/** Waits until the home's store has its first commit. */
async function published(home: string): Promise<void> {
  const log = join(home, 'store', '_log');
  while (!existsSync(log) || readdirSync(log).length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe.skipIf(server === undefined)('on MinIO', () => {
  it('leaves the same data objects as on a folder, byte for byte', async () => {
    const home = scratch();
    const bucket = await server!.createBucket();
    const env = { ...server!.env, RIDGELINE_STORE: `s3://${bucket}/some/prefix` };
    const inBucket = await runJson({ home, env });
    const folderHome = scratch();
    const onFolder = await runJson({ home: folderHome });
    expect(inBucket.model).toEqual(onFolder.model);
    expect(inBucket.outputs).toEqual(onFolder.outputs);
    const hashes = await objectsOf(join(folderHome, 'store'));
    expect(Object.keys(hashes)).toHaveLength(6);
    expect(await objectsOf(env.RIDGELINE_STORE, server!.env)).toEqual(hashes);
    expect(existsSync(join(home, 'store'))).toBe(false);
  });

  it.each([
    ['a bucket that is not there', {}, /no-such-bucket.*\n {2}.*no-such-bucket/],
    ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong' }, /AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|denied|signature/i],
    ['a server that is not there', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, /127\.0\.0\.1:9/],
  ])('%s is one line with a remedy and exit code 3', async (_what, env, message) => {
    const store = 's3://no-such-bucket/x';
    const { code, stdout, stderr } = await ridgeline([...RUN, '--store', store], {
      home: scratch(),
      env: { ...server!.env, ...env },
    });
    expect(stderr).toMatch(message);
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 3, stdout: '', lines: 2 });
    expect(stderr).not.toContain(server!.env['AWS_SECRET_ACCESS_KEY']);
  });
});

describe('bad surroundings are one line with a remedy, and change nothing', () => {
  it('a state database that is none', async () => {
    const home = scratch();
    writeFileSync(join(home, 'state.db'), 'not a database, but what someone wrote');
    const { code, stderr } = await ridgeline(RUN, { home });
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 2 });
    expect(stderr).toContain(join(home, 'state.db'));
    expect(readFileSync(join(home, 'state.db'), 'utf8')).toBe('not a database, but what someone wrote');
  });

  it('a download with a wrong checksum', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'cal_housing.tgz'), 'these are other bytes');
    const home = scratch();
    const { code, stdout, stderr } = await ridgeline(['run', 'housing'], { home, env: { RIDGELINE_DATA_DIR: folder } });
    expect(stderr).toMatch(/cal_housing\.tgz.*aaa5c9a6/);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(existsSync(join(home, 'cache', 'cal_housing.tgz'))).toBe(false);
    expect(existsSync(join(home, 'store', '_log'))).toBe(false);
  });

  it('a home that cannot be written', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'file'), '');
    const { code, stderr } = await ridgeline(RUN, { home: join(folder, 'file', 'home') });
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 3, lines: 2 });
  });

  it('a store folder that may not be written', async () => {
    const folder = scratch();
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'store'), { mode: 0o555 });
    mkdirSync(join(folder, 'home'));
    chmodSync(join(folder, 'home'), 0o777);
    const uid = process.getuid?.() === 0 ? 65_534 : undefined; // root may write anywhere
    const options = { home: join(folder, 'home'), uid };
    const { code, stdout, stderr } = await ridgeline([...RUN, '--store', join(folder, 'store')], options);
    expect(stderr).toMatch(/EACCES.*\n {2}.*--store/);
    expect(code).toBe(3);
    expect((JSON.parse(stdout || '{"state":"failed"}') as RunJson).state).toBe('failed');
    expect(readdirSync(join(folder, 'store'))).toEqual([]);
  });
});
