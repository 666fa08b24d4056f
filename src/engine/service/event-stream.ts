import type { ServerResponse } from 'node:http';
import type { EngineEvent } from '../views.ts';

/** A reader this far behind is let go: it comes back by itself and asks for what is true then. */
const MAX_BEHIND_BYTES = 1024 * 1024;
/** Proxies close a connection on which nothing comes for about a minute. */
const HEARTBEAT_MS = 20_000;

/** Live events for everyone who listens (`text/event-stream`). They are news, not the truth: that is the database. */
export class EventStream {
  readonly #readers = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor() {
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_MS).unref();
  }

  /** Adds a reader; it hears of what happens from now on. */
  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.#readers.add(response);
    response.on('close', () => this.#readers.delete(response));
  }

  send(event: EngineEvent): void {
    this.#write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const reader of this.#readers) reader.end();
  }

  #write(text: string): void {
    for (const reader of this.#readers) {
      if (reader.writableLength > MAX_BEHIND_BYTES) reader.destroy();
      else reader.write(text);
    }
  }
}
