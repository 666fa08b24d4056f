import type { EngineEvent } from '../engine/index.ts';
import type { CliContext } from './context.ts';
import { formatCount, painter } from './output.ts';

/**
 * What people see while it runs, all of it on standard error: warnings of tasks, waiting and faults always; what is
 * running, in one line that is overwritten, only on a terminal.
 */
export class Progress {
  readonly #context: CliContext;
  readonly #running = new Map<string, string>();
  #shown = false;

  constructor(context: CliContext) {
    this.#context = context;
  }

  readonly onEvent = (event: EngineEvent): void => {
    const paint = painter(this.#context, this.#context.stderr);
    switch (event.type) {
      case 'scheduler.waiting':
        return this.#say(`waiting: this home has another run at work (${event.holder})`);
      case 'store.away':
        return this.#say(`${paint('yellow', 'waiting:')} ${event.error.message}`);
      case 'store.back':
        return this.#say('the store is back');
      case 'module.broken':
        return this.#say(`${paint('yellow', 'skipped')} ${event.error.message}`);
      case 'run.started':
        if (event.resumed) this.#say(`resumed ${event.run.dag}: finishing the interrupted run ${event.run.id}`);
        return;
      case 'task.log': {
        const { level, message } = event.line;
        if (level === 'warn' || level === 'error')
          this.#say(`${paint(level === 'warn' ? 'yellow' : 'red', `${event.task || event.dag}:`)} ${message}`);
        return;
      }
      case 'task.started':
        this.#running.set(keyOf(event), event.task);
        return this.#draw();
      case 'task.progress': {
        const of = event.total === undefined ? '' : ` of ${formatCount(event.total)}`;
        this.#running.set(keyOf(event), `${event.task} (${event.step} ${formatCount(event.done)}${of})`);
        return this.#draw();
      }
      case 'task.finished':
        this.#running.delete(keyOf(event));
        return this.#draw();
    }
  };

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.#context.stderr.write('\r\u001b[K');
    this.#shown = false;
  }

  #say(line: string): void {
    this.end();
    this.#context.stderr.write(`${line}\n`);
  }

  #draw(): void {
    const { stderr, json } = this.#context;
    if (stderr.isTTY !== true || json) return;
    const line = [...this.#running.values()].join(', ');
    stderr.write(`\r\u001b[K${line.slice(0, (stderr.columns || 80) - 1)}`);
    this.#shown = line !== '';
  }
}

const keyOf = ({ run, task, mapIndex }: { run: string; task: string; mapIndex: number }): string =>
  `${run} ${task} ${mapIndex}`;
