import type { Params } from '../contracts/definition.ts';
import { EXIT_CODES } from '../contracts/errors.ts';
import type { ErrorInfo } from '../contracts/errors.ts';
import type { Executor } from '../contracts/executor.ts';
import type { Engine, EngineEvent, RunReport } from '../engine/index.ts';
import type { CliContext } from './context.ts';
import { handOver } from './hand-over.ts';
import { withHome } from './open-home.ts';
import { painter, printJson } from './output.ts';
import { pipelineModules } from './pipelines.ts';
import { Progress } from './progress.ts';
import { toRunJson } from './run-json.ts';
import { formatSummary } from './run-summary.ts';
import { sendTracking } from './send-tracking.ts';
import { Webhooks } from './webhooks.ts';

/**
 * Runs pipelines to the end and says what came of it.
 *
 * @param begin when the command was given, as `performance.now()`
 */
export async function runPipelines(
  name: string,
  params: Params,
  begin: number,
  executor: Executor,
  context: CliContext,
): Promise<void> {
  const progress = new Progress(context);
  try {
    await withHome(context, async ({ engine, store }) => {
      const report = engine.scheduler()?.serves
        ? await handOver(engine, name, params, context.signal)
        : await runHere(name, params, engine, executor, progress, context);
      progress.end();
      await sendTracking(context, store);
      // Threads take some milliseconds to end; who has opened them waits for it, and hears of what went wrong.
      executor.close().catch(() => {});
      const json = await toRunJson(report, store, context.env);
      const failure = failureOf(report);
      if (context.json) printJson(context, json);
      else {
        const elapsedMs = performance.now() - begin;
        // The summary of a failed run is no result.
        const stream = failure === undefined ? context.stdout : context.stderr;
        const paint = painter(context, stream);
        stream.write(`${formatSummary(name, report, json, elapsedMs, context, paint)}\n`);
      }
      if (failure === undefined) return;
      context.exitCode = exitCodeOf(failure);
      const remedy = failure.remedy === undefined ? '' : `  ${failure.remedy}\n`;
      if (context.json) context.stderr.write(`ridgeline: ${failure.message}\n${remedy}`);
    });
  } finally {
    progress.end();
  }
}

async function runHere(
  name: string,
  params: Params,
  engine: Engine,
  executor: Executor,
  progress: Progress,
  context: CliContext,
): Promise<RunReport> {
  const { slots = {} } = context.config.settings;
  const modules = pipelineModules(context);
  const hooks = new Webhooks(context.config.settings.hooks ?? [], (line) => void context.stderr.write(`${line}\n`));
  const onEvent = (event: EngineEvent): void => {
    progress.onEvent(event);
    hooks.onEvent(event);
  };
  const runner = await engine.start({ executor, modules, slots, onEvent, signal: context.signal });
  try {
    return await runner.run(name, { params });
  } finally {
    await runner.close();
    await hooks.settled();
  }
}

/** Why the first run that failed did. */
function failureOf({ runs }: RunReport): ErrorInfo | undefined {
  const run = runs.find(({ state }) => state === 'failed');
  if (run === undefined) return undefined;
  const task = run.tasks.find(({ state, error }) => state === 'failed' && error !== undefined);
  return task?.error ?? run.error ?? { code: 'RUN_FAILED', kind: 'run', message: `${run.dag}: run ${run.id} failed` };
}

/** A store that is away or data with the wrong content have codes of their own; the rest is the pipeline's own failure. */
function exitCodeOf({ kind }: ErrorInfo): number {
  return EXIT_CODES[kind === 'content' || kind === 'store' ? kind : 'run'];
}
