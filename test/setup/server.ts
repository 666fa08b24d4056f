import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerOptions {
  readonly command: (port: number) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 when the server is ready. */
  readonly healthPath: string;
  /** Its data; removed when this process ends. */
  readonly folder: string;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

export interface Server {
  readonly endpoint: string;
  readonly port: number;
  /** SIGKILL; its data stays. */
  kill(): Promise<void>;
}

const READY_WITHIN_MS = 120_000;

/**
 * Runs the server under a shell of its own process group that waits for the end of its input, a pipe from this process:
 * however this process ends, killed ones included, the shell then stops what is in its group and removes the data.
 */
const GUARD =
  'folder=$1; shift; "$@" >"$folder.log" 2>&1 </dev/null & ' +
  'read -r _; trap "" TERM; kill -TERM 0; wait $!; rm -rf "$folder" "$folder.log"; kill -9 0';

/** Starts a server on a loopback port and waits until it is ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const port = options.port ?? (await freePort());
  const endpoint = `http://127.0.0.1:${port}`;
  const guard = spawn('sh', ['-c', GUARD, 'guard', options.folder, ...options.command(port)], {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // a group of its own; Ctrl-C is for the test run, and the guard cleans up after it
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  await ready(`${endpoint}${options.healthPath}`, `${options.folder}.log`);
  return {
    endpoint,
    port,
    async kill() {
      guard.ref();
      process.kill(-guard.pid!, 'SIGKILL'); // the guard too, so that the data stays
      await once(guard, 'exit');
    },
  };
}

async function ready(url: string, log: string): Promise<void> {
  for (const start = Date.now(); ; await sleep(50)) {
    if (await isOk(url)) return;
    if (Date.now() - start > READY_WITHIN_MS) throw new Error(`${url} is not ready; see ${log}`);
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
