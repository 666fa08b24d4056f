import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AttemptOutcome, AttemptRequest, Executor, LogLine } from '../../src/contracts/executor.ts';
import { compileCore } from '../../src/core/index.ts';
import { createThreadExecutor } from '../../src/engine/pool/index.ts';

const PLAIN = { name: 'plain', url: new URL('pipelines/plain.ts', import.meta.url).href };

let home: string;
let executor: Executor;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'ridgeline-threads-'));
  executor = createThreadExecutor({
    storeUrl: join(home, 'store'),
    env: {},
    threads: 2,
    taskThreads: 2,
    taskHeapMb: 48,
    source: { policy: 'synthetic', dataDir: undefined, cacheDir: join(home, 'cache') },
    home: 'test',
    scratchDir: join(home, 'tmp'),
    modules: async () => ({ core: await compileCore() }),
  });
});

afterAll(async () => {
  await executor.close();
  rmSync(home, { recursive: true });
});

interface Ran {
  readonly outcome: AttemptOutcome;
  readonly lines: readonly LogLine[];
  readonly steps: readonly string[];
}

async function run(task: string, more: Partial<AttemptRequest> = {}, signal?: AbortSignal): Promise<Ran> {
  const lines: LogLine[] = [];
  const steps: string[] = [];
  const request: AttemptRequest = {
    module: PLAIN,
    dag: 'plain',
    run: 'r1',
    task,
    mapIndex: -1,
    attempt: 1,
    inputs: {},
    params: { who: 'world' },
    pinned: {},
    ...more,
  };
  const outcome = await executor.run(request, {
    signal: signal ?? new AbortController().signal,
    onLog: (line) => lines.push(line),
    onProgress: (step, done, total) => steps.push(`${step} ${done}/${total}`),
  });
  return { outcome, lines, steps };
}

const json = (value: unknown) => ({ kind: 'json', value }) as const;
const failure = ({ outcome }: Ran) => (outcome.state === 'failed' ? outcome : undefined);

test('a module is described as plain data, with a hash of its code', async () => {
  const description = await executor.describe(PLAIN);
  expect(description).toMatchObject({ ok: true, dags: [{ id: 'plain', params: { who: { type: 'string' } } }] });
  expect(description.ok && description.codeHash).toMatch(/^[0-9a-f]{64}$/);
});

test('a task gets inputs and parameters and its result comes back by value', async () => {
  const { outcome } = await run('hello', { params: { who: 'all' } });
  expect(outcome).toEqual({ state: 'success', result: json({ greeting: 'hello all' }), outlets: {} });
  const shout = await run('shout', { inputs: { hello: json({ greeting: 'hi' }) } });
  expect(shout.outcome).toMatchObject({ result: json('HI') });
  expect((await run('choose', { inputs: { hello: json({ greeting: 'hi' }) } })).outcome).toMatchObject({
    result: json('short'),
  });
  expect((await run('double', { mapIndex: 2, item: 3 })).outcome).toMatchObject({ result: json(6) });
});

test('everything a task prints is a line of its log, in order, before its outcome', async () => {
  const { lines, steps, outcome } = await run('talk');
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['info one', 'info two', 'warn three']);
  expect(steps).toEqual(['counting 1/2']);
  expect(outcome).toMatchObject({ state: 'success', result: json(null) });
});

test("a user's error crosses with its message and stack and may be retried", async () => {
  const failed = failure(await run('fail'));
  expect(failed).toMatchObject({ retryable: true, error: { message: 'TypeError: no such animal', kind: 'run' } });
  expect(failed?.error.stack).toContain('plain.ts');
});

test('what is neither table, model nor JSON is refused by name and place, and so is large JSON', async () => {
  expect(failure(await run('odd'))).toMatchObject({
    retryable: false,
    error: {
      message: 'task "odd": expected a Table, a fitted model, bytes or JSON as its result, got a Map at .deep[0]',
    },
  });
  expect(failure(await run('large'))?.error.message).toMatch(/task "large": expected at most 65536 bytes.* got 100002/);
});

test('a task in an endless loop is killed at its timeout while another runs on', async () => {
  const [loop, hello] = await Promise.all([run('loop', { timeoutMs: 50 }), run('hello')]);
  expect(failure(loop)).toMatchObject({ retryable: true, error: { code: 'TASK_TIMEOUT' } });
  expect(hello.outcome.state).toBe('success');
});

test('a waiting task hears the abort first and its thread lives on', async () => {
  const controller = new AbortController();
  const waiting = run('wait', {}, controller.signal);
  setTimeout(() => controller.abort(new Error('cancelled')), 100);
  expect(failure(await waiting)?.error.message).toContain('cancelled');
});

test('a task that exhausts the heap fails alone, and so does one that ends its thread', async () => {
  const [hoard, hello] = await Promise.all([run('hoard'), run('hello')]);
  expect(failure(hoard)?.error).toMatchObject({ code: 'OUT_OF_MEMORY' });
  expect(hello.outcome.state).toBe('success');
  expect(failure(await run('leave'))?.error).toMatchObject({ code: 'THREAD_DIED' });
  expect((await run('hello')).outcome.state).toBe('success');
});

test('more attempts than threads all run, also after threads were killed', async () => {
  const all = await Promise.all([
    run('loop', { timeoutMs: 20 }),
    run('loop', { timeoutMs: 20 }),
    ...Array.from({ length: 6 }, () => run('hello')),
  ]);
  expect(all.map(({ outcome }) => outcome.state)).toEqual(['failed', 'failed', ...Array(6).fill('success')]);
});

test('an edited module is read anew, with another hash, and an unedited one is not', async () => {
  const path = new URL('pipelines/edited.ts', import.meta.url);
  copyFileSync(new URL('pipelines/plain.ts', import.meta.url), path);
  const module = { name: 'edited', url: path.href };
  try {
    const first = await executor.describe(module);
    const again = await executor.describe(module);
    expect(again).toEqual(first);
    appendFileSync(path, "\nexport const more = dag('more', ({ task }) => task('one', () => 1));\n");
    const edited = await executor.describe(module);
    expect(edited.ok && edited.dags.map(({ id }) => id)).toEqual(['more', 'plain']);
    expect(edited.ok && edited.codeHash).not.toBe(first.ok && first.codeHash);
    const ran = await run('one', { module, dag: 'more' });
    expect(ran.outcome).toMatchObject({ state: 'success', result: json(1) });
  } finally {
    rmSync(path);
  }
});

const AUTHORING = new URL('../../src/authoring/index.ts', import.meta.url).href;

test.each([
  ['a syntax error', 'export const a = (;', /cannot be loaded: SyntaxError/],
  ['an error while importing', 'throw new Error("not today")', /at \S*broken\.mjs:1:7: Error: not today/],
  ['a bad name', `import { dag } from "${AUTHORING}";\n\ndag("a b", () => 1);`, /broken\.mjs:3:1: dag: a name is/],
  ['no DAG', 'export const a = 1', /expected at least one exported DAG/],
  ['a missing import', 'import "./nowhere.mjs"', /Cannot find module/],
])('a broken module is described by its fault: %s', async (_name, source, message) => {
  const path = join(home, 'broken.mjs');
  writeFileSync(path, source);
  const description = await executor.describe({ name: 'broken', url: pathToFileURL(path).href });
  expect(description).toMatchObject({ ok: false, error: { kind: 'usage', message: expect.stringMatching(message) } });
});
