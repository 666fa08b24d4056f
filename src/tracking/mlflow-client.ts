import { RidgelineError } from '../contracts/errors.ts';
import type { Environment } from '../data/store/index.ts';
import { notMlflow, refused, unreachable } from './mlflow-errors.ts';

/** Longest wait for one answer. */
const TIMEOUT_MS = 30_000;

/** MLflow's REST interface, version 2.0, as servers of MLflow 3 speak it. */
export interface MlflowClient {
  /** The address without credentials, for people and as a key. */
  readonly server: string;
  /** The server's version. @throws {RidgelineError} TRACKING_SERVER when it is no MLflow or older than 3. */
  version(): Promise<string>;
  /** `path` after `/api/2.0/mlflow/`. @throws {RidgelineError} TRACKING_UNREACHABLE, TRACKING_DENIED, TRACKING_REFUSED. */
  get<T>(path: string, query: Readonly<Record<string, string>>): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  /** Through the server's artifact proxy; `path` after `/api/2.0/mlflow-artifacts/artifacts/`. */
  putArtifact(path: string, body: Uint8Array): Promise<void>;
  getArtifact(path: string): Promise<Uint8Array>;
  /** Variables for files that the server keeps in a bucket and does not pass on. */
  readonly storeEnv: Environment;
}

/** A client on MLflow's own variables; undefined when `MLFLOW_TRACKING_URI` names no server. */
export function createMlflowClient(env: Environment): MlflowClient | undefined {
  const uri = env['MLFLOW_TRACKING_URI'];
  if (!uri) return undefined;
  if (!/^https?:\/\//.test(uri) || !URL.canParse(uri)) {
    const message = 'tracking: MLFLOW_TRACKING_URI must be an http: or https: address';
    throw new RidgelineError('TRACKING_URI', 'usage', message, {
      remedy:
        'start a server (mlflow server --port 5000) and set MLFLOW_TRACKING_URI=http://127.0.0.1:5000, or unset it',
    });
  }
  const url = new URL(uri);
  const authorization = authorizationOf(env, url);
  const server = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;

  async function send(method: string, path: string, body?: Uint8Array | object): Promise<Response> {
    const isBytes = body instanceof Uint8Array;
    const headers = {
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
    };
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (body !== undefined) init.body = isBytes ? new Uint8Array(body) : JSON.stringify(body);
    let response: Response;
    try {
      response = await fetch(`${server}${path}`, init);
    } catch (error) {
      throw unreachable(error, server);
    }
    if (response.ok) return response;
    throw await explain(response, `${method} ${path.split('?')[0]}`);
  }

  async function explain(response: Response, call: string): Promise<RidgelineError> {
    const text = await response.text().catch(() => '');
    let errorCode = `HTTP_${response.status}`;
    let message = text;
    try {
      const body = JSON.parse(text) as { error_code?: string; message?: string };
      errorCode = body.error_code ?? errorCode;
      message = body.message ?? message;
    } catch {
      // a proxy's page, or MLflow's plain text
      if (response.status === 404) return notMlflow(server, `a server without ${call}`);
    }
    return refused({ status: response.status, errorCode, message }, call, server);
  }

  async function json<T>(response: Promise<Response>): Promise<T> {
    const { ok, value } = await (await response).json().then(
      (value: unknown) => ({ ok: true, value }),
      () => ({ ok: false, value: undefined }),
    );
    if (!ok) throw notMlflow(server, 'an answer that is not JSON');
    return value as T;
  }

  const api = '/api/2.0/mlflow';
  const artifacts = '/api/2.0/mlflow-artifacts/artifacts';
  const s3 = env['MLFLOW_S3_ENDPOINT_URL'];
  return {
    server,
    storeEnv: s3 ? { ...env, AWS_ENDPOINT_URL_S3: s3 } : env,
    async version() {
      const version = (await (await send('GET', '/version')).text()).trim();
      const major = /^(\d+)\.\d+/.exec(version)?.[1];
      if (major === undefined) throw notMlflow(server, `a server that answers "${version.slice(0, 40)}" to /version`);
      if (Number(major) < 3) throw notMlflow(server, `MLflow ${version}`);
      return version;
    },
    get: (path, query) => json(send('GET', `${api}/${path}?${new URLSearchParams(query)}`)),
    post: (path, body) => json(send('POST', `${api}/${path}`, body)),
    putArtifact: async (path, body) => void (await send('PUT', `${artifacts}/${encodePath(path)}`, body)),
    getArtifact: async (path) =>
      new Uint8Array(await (await send('GET', `${artifacts}/${encodePath(path)}`)).arrayBuffer()),
  };
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Basic before bearer, as MLflow's client has it; a user and password in the address count too, and go no further. */
function authorizationOf(env: Environment, url: URL): string | undefined {
  const user = env['MLFLOW_TRACKING_USERNAME'] ?? decodeURIComponent(url.username);
  const password = env['MLFLOW_TRACKING_PASSWORD'] ?? decodeURIComponent(url.password);
  if (user || password) return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return env['MLFLOW_TRACKING_TOKEN'] ? `Bearer ${env['MLFLOW_TRACKING_TOKEN']}` : undefined;
}
