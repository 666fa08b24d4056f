import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Api, HealthView } from '../../src/engine/service/routes.ts';
import { scratch, start } from '../cli/ridgeline.ts';
import type { Ended } from '../cli/ridgeline.ts';

const PACKAGE = new URL('../../dist/index.js', import.meta.url).href;

/** A folder with these files, in which `'ridgeline'` is the built package. */
export function project(files: Readonly<Record<string, string>>): string {
  const root = scratch();
  for (const [path, text] of Object.entries(files)) write(root, path, text);
  return root;
}

export function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text.replaceAll("'ridgeline'", `'${PACKAGE}'`));
}

export interface Up {
  readonly health: HealthView & { readonly url: string };
  /** Standard error so far. */
  readonly log: () => string;
  readonly ended: Promise<Ended>;
  get<R extends keyof Api & `GET ${string}`>(path: string): Promise<Api[R]>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** @returns once it has ended */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Starts `ridgeline up` in a project on a free port; ready when this resolves. Ends with the test. */
export async function startUp(
  cwd: string,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Up> {
  const { child, ended } = start(['up', '--port', '0', '--json', ...flags], { cwd, env });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let log = '';
  child.stderr!.on('data', (text: string) => (log += text));
  let json = '';
  const health = await new Promise<Up['health']>((resolve, reject) => {
    child.stdout!.on('data', (text: string) => {
      json += text;
      if (json.endsWith('}\n')) resolve(JSON.parse(json) as Up['health']);
    });
    void ended.then(({ stderr }) => reject(new Error(`up ended before it was ready: ${stderr}`)));
  });
  const auth = env['RIDGELINE_TOKEN'] ? { authorization: `Bearer ${env['RIDGELINE_TOKEN']}` } : {};
  return {
    health,
    log: () => log,
    ended,
    get: async (path) => {
      const response = await fetch(health.url + path, { headers: auth });
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as never;
    },
    post: (path, body = {}, headers = {}) =>
      fetch(health.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...auth, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Listens until a process has said this; what it has said so far, then and later. */
export async function untilSaid(stream: Readable | null, text: string): Promise<() => string> {
  let said = '';
  stream!.on('data', (part: string) => (said += part));
  await until(
    () => said,
    () => said.includes(text),
    text,
  );
  return () => said;
}

/** Asks until the answer will do. */
export async function until<T>(ask: () => T | Promise<T>, holds: (answer: T) => boolean, what: string): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const answer = await ask();
    if (holds(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`waited in vain: ${what}`);
}
