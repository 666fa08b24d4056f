import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RidgelineError, toErrorInfo, type ErrorInfo, type ErrorKind } from '../../contracts/errors.ts';
import type { EventStream } from './event-stream.ts';
import { refuse } from './guard.ts';
import { answer, type ApiError, type Surface } from './routes.ts';

export interface ListenOptions {
  /** `127.0.0.1` is this machine only. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Must be set for a host other than this machine. */
  readonly token: string | undefined;
}

export interface HttpService {
  /** `http://127.0.0.1:8723` */
  readonly url: string;
  close(): Promise<void>;
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  NO_ROUTE: 404,
  METHOD_NOT_ALLOWED: 405,
  RUN_NOT_ENDED: 409,
  KEY_USED: 409,
};
const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  run: 500,
  usage: 400,
  store: 503,
  content: 422,
  interrupted: 503,
};

/** @throws {RidgelineError} PORT_TAKEN, CANNOT_LISTEN */
export async function startHttp(
  surface: Surface,
  events: EventStream,
  { host, port, token }: ListenOptions,
): Promise<HttpService> {
  const server = createServer((request, response) => void handle(request, response));
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') throw cannotListen('PORT_TAKEN', `port ${port} of ${host} is taken`, '--port');
    throw cannotListen('CANNOT_LISTEN', `cannot listen on ${host}:${port}: ${error.message}`, '--host and --port');
  });
  server.on('error', () => {}); // a connection that could not be taken
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${bound}`,
    async close() {
      events.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const refusal = refuse(request.method ?? '', request.headers, token);
      if (refusal) {
        const { status, message } = refusal;
        return sendError(response, status, { code: 'REFUSED', kind: 'usage', message });
      }
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (request.method === 'GET' && url.pathname === '/api/events') return events.add(response);
      send(response, 200, await answer(surface, request, url));
    } catch (error) {
      const { stack: _, ...info } = toErrorInfo(error);
      const unknown = info.code.startsWith('UNKNOWN_') ? 404 : undefined;
      sendError(response, unknown ?? STATUS_OF_CODE[info.code] ?? STATUS_OF_KIND[info.kind], info);
    }
  }
}

function cannotListen(code: string, message: string, flags: string): RidgelineError {
  return new RidgelineError(code, 'usage', message, { remedy: `choose another with ${flags}` });
}

function sendError(response: ServerResponse, status: number, error: Omit<ErrorInfo, 'stack'>): void {
  send(response, status, { error } satisfies ApiError);
}

function send(response: ServerResponse, status: number, value: unknown): void {
  // What is left of a body that nobody reads would be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${JSON.stringify(value)}\n`);
}
