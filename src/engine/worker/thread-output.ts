import type { TaskContext } from '../../contracts/context.ts';
import type { LogLine } from '../../contracts/executor.ts';
import type { Mask } from '../pool/secrets.ts';

/** Where lines of the running attempt go; undefined between attempts. */
let sink: ((line: LogLine) => void) | undefined;

export function setLogSink(next: ((line: LogLine) => void) | undefined): void {
  sink = next;
}

/** Writes to the log of what is running; while nothing is, to standard error. */
export const log: TaskContext['log'] = {
  debug: (message) => write('debug', message),
  info: (message) => write('info', message),
  warn: (message) => write('warn', message),
  error: (message) => write('error', message),
};

function write(level: LogLine['level'], message: string): void {
  if (sink === undefined) process.stderr.write(`${message}\n`);
  else sink({ at: Date.now(), level, message });
}

/**
 * Turns what user code prints into lines of its task's log: the process's standard output carries data only.
 * `console` writes to `process.stdout` by itself, so catching the two streams catches everything. What is printed outside
 * of an attempt is masked here, lines of a log where they arrive.
 */
export function captureOutput(mask: Mask): void {
  catchStream(process.stdout, 'info');
  const plain = process.stderr.write.bind(process.stderr);
  catchStream(process.stderr, 'warn', (text) => plain(mask(text)));
}

function catchStream(stream: NodeJS.WriteStream, level: LogLine['level'], outside?: (text: string) => void): void {
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    if (sink === undefined) outside?.(text);
    else for (const line of text.replace(/\n$/, '').split('\n')) sink({ at: Date.now(), level, message: line });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') queueMicrotask(callback as () => void);
    return true;
  }) as typeof stream.write;
}
