import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { compileCore } from '../../src/core/index.ts';
import { openCommitLog, openStore } from '../../src/data/store/index.ts';
import { openEngine } from '../../src/engine/index.ts';
import type { EngineEvent } from '../../src/engine/index.ts';
import { createThreadExecutor } from '../../src/engine/pool/index.ts';
import { createMask, secretsOf } from '../../src/engine/pool/secrets.ts';

const TOKEN = 'tok-4711$&';
const LOGIN = 'anna:"p/q"';
const PEM = '-----BEGIN-----\nMIIEpAIBAAKCAQEA\n-----END-----\n';

test('what a task prints, throws or reports with a secret in it reaches neither events nor the database', async () => {
  const homeDir = mkdtempSync(join(tmpdir(), 'ridgeline-secrets-'));
  onTestFinished(() => rmSync(homeDir, { recursive: true }));
  const env = { LEAK_TOKEN: TOKEN, LEAK_LOGIN: LOGIN, LEAK_KEY: PEM };
  Object.assign(process.env, env); // a thread is born with a copy
  onTestFinished(() => void Object.keys(env).forEach((name) => delete process.env[name]));
  const storeUrl = join(homeDir, 'store');
  const store = await openStore(storeUrl, {});
  const executor = createThreadExecutor({
    storeUrl,
    env,
    secrets: ['LEAK_LOGIN'],
    threads: 1,
    source: { policy: 'synthetic', dataDir: undefined, cacheDir: join(homeDir, 'cache') },
    home: 'test',
    scratchDir: join(homeDir, 'tmp'),
    modules: async () => ({ core: await compileCore() }),
  });
  const engine = await openEngine({ homeDir, store, log: openCommitLog(store) });
  const events: EngineEvent[] = [];
  const module = { name: 'leak', url: new URL('pipelines/leak.ts', import.meta.url).href };
  const broken = { name: 'broken', url: pathToFileURL(join(homeDir, 'broken.mjs')).href };
  writeFileSync(join(homeDir, 'broken.mjs'), 'throw new Error(`no ${process.env.LEAK_TOKEN}`);');
  const runner = await engine.start({ executor, modules: [module, broken], onEvent: (event) => events.push(event) });
  const { runs } = await runner.run('leak');
  const lines = (await engine.getLogs(runs[0]!.id)).map(({ message }) => message);
  await runner.close();
  engine.close();
  await executor.close();
  await store.close();

  const said = ['token ***, {"login":"***"}', 'https://host/?login=***', '***', '***', '***', '***'];
  expect(lines).toEqual([...said, 'Error: refused *** of ***', expect.stringMatching(/^ {2}at .*leak\.ts:12:11$/)]);
  expect(runs[0]!.tasks[0]!.error?.message).toBe('Error: refused *** of ***');
  expect(events.find(({ type }) => type === 'task.progress')).toMatchObject({ step: 'reading with ***' });
  expect(events.find(({ type }) => type === 'module.broken')).toMatchObject({
    error: { message: expect.stringContaining('Error: no ***') },
  });
  const told = JSON.stringify(events);
  const kept = readdirSync(homeDir)
    .filter((name) => name.startsWith('state.db'))
    .map((name) => readFileSync(join(homeDir, name), 'latin1'))
    .join();
  expect(kept).toContain('refused ***');
  for (const secret of [TOKEN, LOGIN, JSON.stringify(LOGIN).slice(1, -1), 'MIIEpAIBAAKCAQEA']) {
    expect(told).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(kept).not.toContain(secret);
  }
});

test('which variables are secret', () => {
  const env = {
    AWS_SECRET_ACCESS_KEY: 'aws-key',
    AWS_SESSION_TOKEN: 'aws-session',
    MLFLOW_TRACKING_PASSWORD: 'mlflow',
    PGPASSWORD: 'pg-pass',
    api_key: 'lower',
    LOGIN: 'named',
    SHORT_KEY: 'abc',
    EMPTY_TOKEN: '',
    AWS_ACCESS_KEY_ID: 'id',
    MONKEY: 'banana',
    TOKENS: 'many',
  };
  expect(secretsOf(env, ['LOGIN', 'NOT_SET'])).toEqual([
    'aws-key',
    'aws-session',
    'mlflow',
    'pg-pass',
    'lower',
    'named',
  ]);
  // One secret is how the other begins; neither end is left over.
  expect(createMask(['abcd', 'abcdef'])('abcdef abcd')).toBe('*** ***');
});
