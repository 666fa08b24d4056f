import type { HookEvent, Webhook } from '../authoring/config.ts';
import type { EngineEvent } from '../engine/index.ts';

/** A receiver that does not answer by then is given up: pipelines never wait for it. */
const TIMEOUT_MS = 10_000;

/**
 * Tells the webhooks of a project what they asked for: runs that have ended, tasks that will be tried again. Each once, by
 * POST, with the event as JSON; what cannot be delivered is said and not repeated.
 */
export class Webhooks {
  readonly #hooks: readonly Webhook[];
  readonly #say: (line: string) => void;
  readonly #sending = new Set<Promise<void>>();

  constructor(hooks: readonly Webhook[], say: (line: string) => void) {
    this.#hooks = hooks;
    this.#say = say;
  }

  readonly onEvent = (event: EngineEvent): void => {
    const kind = kindOf(event);
    if (kind === undefined) return;
    for (const { url, on = ['failed'] } of this.#hooks) {
      if (!on.includes(kind)) continue;
      const sending = this.#send(url, { hook: kind, ...event }).finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  };

  /** Resolves when everything is out or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending);
  }

  async #send(url: string, body: object): Promise<void> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`answered ${response.status}`);
    } catch (error) {
      const { message, cause } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      // The path may hold a secret of the receiver's.
      this.#say(`hook ${new URL(url).origin}: not delivered: ${why}`);
    }
  }
}

function kindOf(event: EngineEvent): HookEvent | undefined {
  if (event.type === 'run.finished') return event.run.state === 'success' ? 'success' : 'failed';
  return event.type === 'task.finished' && event.view.state === 'up_for_retry' ? 'retry' : undefined;
}
