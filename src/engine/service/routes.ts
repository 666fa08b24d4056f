import type { IncomingMessage } from 'node:http';
import { RidgelineError, type ErrorInfo } from '../../contracts/errors.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { Engine } from '../engine.ts';
import { badRequest, idempotencyKey, readJson } from './body.ts';

/** What routes act on. */
export interface Surface {
  readonly engine: Engine;
  readonly health: () => HealthView;
  /** Something was written through `engine`: whoever acts on it should look now. */
  readonly changed: () => void;
  /** Takes in the body of a request; `publish` is told how to store it as a value: past the checks of the dataset. */
  readonly receive: <T>(
    request: IncomingMessage,
    dataset: string,
    publish: (adopt: () => Promise<ValueRef>) => Promise<T>,
  ) => Promise<T>;
}

interface Call {
  readonly request: IncomingMessage;
  /** The names in the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export interface HealthView {
  readonly state: 'active' | 'draining';
  readonly version: string;
  readonly home: string;
  readonly store: string;
  readonly pid: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

export interface ApiError {
  readonly error: Omit<ErrorInfo, 'stack'>;
}

/**
 * The HTTP interface of `ridgeline up`: what each route answers with, as JSON. Names in a path are percent-encoded.
 *
 * `GET /api/events` is a stream of `EngineEvent`s (`text/event-stream`), and starts with what happens next.
 * `POST …/versions` takes a file as its body, `text/csv`, `application/vnd.apache.parquet` or `application/json`, and an
 * `Idempotency-Key`; every other POST takes JSON, `{}` for nothing to say. Lists are newest first where time orders them.
 *
 * Errors are `ApiError`: 400 a request that makes no sense, 401, 403, 415 and 421 refused, 404 no such thing, 409 not now,
 * 422 data that is not what it must be, 503 the store is away.
 */
export type Api = { readonly [R in keyof typeof ROUTES]: Awaited<ReturnType<(typeof ROUTES)[R]>> };

const ROUTES = {
  'GET /api/health': ({ health }) => health(),
  'GET /api/dags': ({ engine }) => ({ dags: engine.listDags() }),
  'GET /api/dags/:dag': ({ engine }, { path }) => {
    const dag = engine.listDags().find(({ id }) => id === path['dag']);
    if (dag === undefined) throw new RidgelineError('UNKNOWN_PIPELINE', 'usage', `no pipeline "${path['dag']}"`);
    return dag;
  },
  'GET /api/dags/:dag/why': ({ engine }, { path }) => engine.why(path['dag']!),
  'POST /api/dags/:dag/trigger': async ({ engine }, { request, path }) => {
    const { params } = await readJson(request, { params: 'object' });
    return engine.trigger(path['dag']!, params);
  },
  'POST /api/dags/:dag/pause': async ({ engine }, { request, path }) => {
    await readJson(request, {});
    return { changed: engine.pause(path['dag']!) };
  },
  'POST /api/dags/:dag/resume': async ({ engine }, { request, path }) => {
    await readJson(request, {});
    const skipped = engine.resume(path['dag']!);
    return { changed: skipped !== undefined, skipped: skipped ?? 0 };
  },
  /** `?dag=`, `?limit=` (default 50). */
  'GET /api/runs': ({ engine }, { query }) => {
    const dag = query.get('dag');
    return { runs: engine.listRuns({ ...(dag !== null && { dag }), limit: count(query, 'limit', 50, 1000) }) };
  },
  'GET /api/runs/:run': ({ engine }, { path }) => engine.getRun(path['run']!),
  /** `?task=`. */
  'GET /api/runs/:run/logs': async ({ engine }, { path, query }) => ({
    lines: await engine.getLogs(path['run']!, query.get('task') ?? undefined),
  }),
  'POST /api/runs/:run/cancel': async ({ engine }, { request, path }) => {
    await readJson(request, {});
    return { changed: engine.cancel(path['run']!) };
  },
  'POST /api/runs/:run/rerun': async ({ engine }, { request, path }) =>
    engine.rerun(path['run']!, await readJson(request, { from: 'string', emit: 'boolean' })),
  'GET /api/datasets': ({ engine }) => ({ datasets: engine.listDatasets() }),
  'GET /api/datasets/:dataset/versions': ({ engine }, { path }) => ({
    versions: engine.listVersions(path['dataset']!).toReversed(),
  }),
  'GET /api/datasets/:dataset/versions/:version': ({ engine }, { path }) =>
    engine.getVersion(path['dataset']!, whole(path['version']!)),
  /** `fresh` is false when the key had published it before. */
  'POST /api/datasets/:dataset/versions': ({ engine, receive }, { request, path: { dataset = '' } }) =>
    receive(request, dataset, (adopt) =>
      engine.storing(async () =>
        engine.publish({ dataset, value: await adopt(), idempotencyKey: idempotencyKey(request) }),
      ),
    ),
  'POST /api/datasets/:dataset/versions/:version/replay': async ({ engine }, { request, path }) => {
    const { dag } = await readJson(request, { dag: 'string' });
    return { runs: engine.replay(path['dataset']!, whole(path['version']!), dag) };
  },
} satisfies Readonly<Record<`${'GET' | 'POST'} /api/${string}`, (surface: Surface, call: Call) => unknown>>;

const COMPILED = Object.entries(ROUTES).map(([route, handle]) => {
  const [method, path] = route.split(' ') as [string, string];
  const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
  return { method, pattern, handle };
});

/**
 * Answers a request.
 *
 * @throws {RidgelineError} NO_ROUTE, METHOD_NOT_ALLOWED, BAD_REQUEST, and what the engine throws.
 */
export async function answer(surface: Surface, request: IncomingMessage, url: URL): Promise<unknown> {
  const matches = COMPILED.filter(({ pattern }) => pattern.test(url.pathname));
  const route = matches.find(({ method }) => method === request.method);
  if (route === undefined) {
    if (matches.length === 0) throw noRoute(url.pathname);
    const allowed = matches.map(({ method }) => method).join(', ');
    throw new RidgelineError('METHOD_NOT_ALLOWED', 'usage', `${url.pathname} takes ${allowed}`);
  }
  const names = Object.entries(route.pattern.exec(url.pathname)!.groups ?? {});
  const path = Object.fromEntries(names.map(([name, text]) => [name, decode(text)]));
  const result = await route.handle(surface, { request, path, query: url.searchParams });
  if (request.method !== 'GET') surface.changed();
  return result;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badRequest(`"${text}" is not percent-encoded UTF-8`);
  }
}

function noRoute(path: string): RidgelineError {
  const roots = new Set(Object.keys(ROUTES).map((route) => route.split('/').slice(0, 3).join('/')));
  const there = [...roots].filter((route) => route.startsWith('GET ')).map((route) => route.slice('GET '.length));
  return new RidgelineError('NO_ROUTE', 'usage', `there is no ${path}`, {
    remedy: `start from one of ${there.join(', ')}, /api/events`,
  });
}

function whole(text: string, what = 'a version'): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw badRequest(`${what} is a whole number from 1, got "${text}"`);
}

function count(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = whole(text, name);
  return Math.min(value, most);
}
