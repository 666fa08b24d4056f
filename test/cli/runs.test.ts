import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/data/store/index.ts';
import { MODEL, trackingOf } from '../tracking/fixtures.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const home = await mkdtemp(join(tmpdir(), 'ridgeline-runs-'));
afterAll(() => rm(home, { recursive: true }));

function ridgeline(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { PATH = '' } = process.env;
  const command = ['--conditions=source', MAIN, ...args, '--home', home];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env: { PATH, TZ: 'UTC' }, cwd: home }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('ridgeline runs', () => {
  const ids: string[] = [];
  beforeAll(async () => {
    const store = await openStore(join(home, 'store'), {});
    for (const [i, alpha] of [0.1, 10].entries()) {
      const tracking = trackingOf(store, `run-${i}`);
      await tracking.track({ experiment: 'Possum_tails', name: 'RidgeCV' }, async (run) => {
        run.params({ alpha, alphas: Array.from({ length: 30 }, (_, j) => j / 7) });
        run.metrics({ rmse: 1 + alpha });
        await run.model('model', MODEL);
        ids.push(run.id);
      });
    }
    const { models } = trackingOf(store, 'run-1');
    await models.create('Reg');
    await models.createVersion('Reg', { run: ids[1]!, path: 'model' });
    await models.setAlias('Reg', 'staging', 1);
  });
  const short = (i: number): string => ids[i]!.split('/')[1]!;

  it('list: newest first', async () => {
    const { code, stdout } = await ridgeline('runs', 'list', '--experiment', 'Possum_tails');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(new RegExp(`^${short(1)} +Possum_tails +RidgeCV +FINISHED`));
    expect((await ridgeline('runs', 'list', '--experiment', 'other')).stdout.trim().split('\n')).toHaveLength(1);
  });

  it('show: by the first characters of the id', async () => {
    const { stdout } = await ridgeline('runs', 'show', short(0).slice(0, 8));
    expect(stdout).toMatch(/param alpha +0\.1\n/);
    expect(stdout).toMatch(/metric rmse +1\.1\n/);
    expect(stdout).toMatch(/dataset +features version 3\n/);
    expect(stdout).toMatch(/file model\/MLmodel +/);
    const missing = await ridgeline('runs', 'show', 'zzz');
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no tracked run "zzz"') });
  });

  it('compare: side by side', async () => {
    const { stdout } = await ridgeline('runs', 'compare', short(0), short(1));
    expect(stdout).toMatch(/^alpha +0\.1 +10$/m);
    expect(stdout).toMatch(/^rmse +1\.1 +11$/m);
    expect(stdout).toMatch(/^alphas +\[0,0\.\d+,… +\[0,0\.\d+,…$/m);
    const { stdout: json } = await ridgeline('runs', 'compare', short(0), short(1), '--json');
    expect(JSON.parse(json)).toMatchObject({ runs: [{ params: { alpha: '0.1' } }, { metrics: { rmse: 11 } }] });
  });

  it('sync: says that there is no server to send to', async () => {
    expect(await ridgeline('runs', 'sync')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('MLFLOW_TRACKING_URI'),
    });
  });

  it('a registered model predicts by its alias and by its version', async () => {
    await writeFile(join(home, 'rows.csv'), 'year,size,flag\n1990,0,0\n2010,4,0\n');
    for (const address of ['models:/Reg@staging', 'models:/Reg/1']) {
      const { stdout, stderr } = await ridgeline('predict', address, 'rows.csv');
      expect(stderr).toBe('');
      expect(stdout).toBe('year,size,flag,preds\n1990,0,0,-2\n2010,4,0,10\n');
    }
    const missing = await ridgeline('predict', 'models:/Reg@production', 'rows.csv');
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('no such registered model') });
  });
});
