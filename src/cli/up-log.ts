import type { EngineEvent, RunView } from '../engine/index.ts';
import { isOutage } from '../engine/runner/patience.ts';
import { formatDuration, formatTime } from './output.ts';
import type { Paint } from './output.ts';
import { reasonOf } from './run-summary.ts';

/** What `up` writes about an event, in one line with its time; undefined for what only a screen would show. */
export function formatEvent(event: EngineEvent, now: number, paint: Paint): string | undefined {
  const text = describe(event, paint);
  return text === undefined ? undefined : `${paint('dim', formatTime(now))}  ${text}`;
}

function describe(event: EngineEvent, paint: Paint): string | undefined {
  switch (event.type) {
    case 'scheduler.waiting':
      return `stand-by: ${event.holder} is at work on this home`;
    case 'store.away':
      return paint('yellow', `${event.error.message}; waiting for it`);
    case 'store.back':
      return 'the store is back';
    case 'module.broken':
      return paint('yellow', event.error.message);
    case 'module.changed': {
      const { module, dags } = event;
      return dags.length > 0 ? `module "${module.name}" read: ${dags.join(', ')}` : `module "${module.name}" is gone`;
    }
    case 'run.started':
      return `${subject(event.run)} ${event.resumed ? 'resumed' : 'running'}, ${reasonOf(event.run)}`;
    case 'run.finished': {
      const { run } = event;
      const took = run.startedAt === undefined || run.endedAt === undefined ? undefined : run.endedAt - run.startedAt;
      const state = paint(run.state === 'success' ? 'green' : 'red', run.state);
      return `${subject(run)} ${state} ${formatDuration(took)}${run.error ? `: ${run.error.message}` : ''}`.trimEnd();
    }
    case 'task.finished': {
      const { view } = event;
      if (view.state !== 'failed' && view.state !== 'up_for_retry') return undefined;
      if (view.state === 'up_for_retry' && view.error && isOutage(view.error)) return undefined; // said once, for all of them
      const what = view.state === 'failed' ? paint('red', 'failed') : paint('yellow', 'will be tried again');
      return `${event.dag}.${event.task} ${what}: ${view.error?.message ?? ''}`;
    }
    case 'hook.called':
      if (event.error === undefined) return undefined;
      return paint('red', `${event.dag} ${event.run} hook ${event.hook} failed: ${event.error.message}`);
    case 'version.published': {
      const { dataset, version, metadata } = event.version;
      const made = metadata['source'] === 'synthetic' ? paint('yellow', ', SYNTHETIC: made-up rows, no real data') : '';
      return `${paint('cyan', `${dataset} version ${version}`)} published${made}`;
    }
    default:
      return undefined;
  }
}

const subject = ({ dag, id }: RunView): string => `${dag} ${id}`;
