import { RidgelineError } from '../contracts/errors.ts';
import type { RunView } from '../engine/index.ts';
import type { CliContext } from './context.ts';
import type { Home } from './open-home.ts';
import { printJson } from './output.ts';
import { reasonOf } from './run-summary.ts';

/**
 * Says what a command changed, and who acts on it. Commands write to the database of the home; the scheduler at work sees
 * it at once, or the next one does.
 *
 * @param changed false: nothing was written, so nobody has to act
 */
export function report(context: CliContext, { engine }: Home, json: unknown, text: string, changed: boolean): void {
  if (context.json) return printJson(context, json);
  context.stdout.write(`${text}\n`);
  if (changed && engine.scheduler() === undefined)
    context.stderr.write('nobody is at work on this home now: ridgeline up, or any ridgeline run, goes on with it\n');
}

/**
 * The same for runs that were, or would be, queued; one whose file is broken waits for the repair.
 *
 * @param details lines about them
 */
export function reportRuns(
  context: CliContext,
  home: Home,
  runs: readonly RunView[],
  dryRun: boolean,
  details: readonly string[] = [],
): void {
  const text = [describeRuns(runs, dryRun), ...details].join('\n');
  report(context, home, { dryRun, runs }, text, !dryRun);
  for (const { id, error } of home.engine.listDags())
    if (error !== undefined && runs.some(({ dag }) => dag === id))
      context.stderr.write(`${id} waits until this is put right: ${error.message}\n`);
}

function describeRuns(runs: readonly RunView[], dryRun: boolean): string {
  if (runs.length === 0) return 'nothing to run';
  return runs
    .map((run) => `${dryRun ? 'would queue' : `queued ${run.id}`}  ${run.dag}, ${reasonOf(run)}${pins(run)}`)
    .join('\n');
}

function pins({ inputs }: RunView): string {
  const parts = Object.entries(inputs).map(([dataset, version]) => `${dataset} ${version}`);
  return parts.length === 0 ? '' : `, on ${parts.join(', ')}`;
}

/** `built_features@2`. */
export function parseVersion(text: string): { dataset: string; version: number } {
  const [, dataset, version] = /^([^@]+)@([1-9]\d{0,14})$/.exec(text) ?? [];
  if (dataset !== undefined) return { dataset, version: Number(version) };
  throw new RidgelineError('USAGE', 'usage', `expected a dataset and version, got "${text}"`, {
    remedy: 'write it as built_features@2',
  });
}
