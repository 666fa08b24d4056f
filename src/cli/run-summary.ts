import { join, relative } from 'node:path';
import type { RunReport, RunView, TaskView } from '../engine/index.ts';
import type { CliContext } from './context.ts';
import { formatCount, formatDuration, formatNumber, formatSize, shellWord, type Paint } from './output.ts';
import { leavesIn, outputsOf } from './run-json.ts';
import type { RunJson } from './run-json.ts';

const MARKS: Readonly<Record<string, readonly [string, 'green' | 'red' | 'yellow' | 'dim']>> = {
  success: ['✓', 'green'],
  failed: ['✗', 'red'],
  upstream_failed: ['✗', 'yellow'],
  skipped: ['–', 'dim'],
};

/** What ran and why, what came of it, where it is, and what to try next. */
export function formatSummary(
  name: string,
  report: RunReport,
  json: RunJson,
  elapsedMs: number,
  context: CliContext,
  paint: Paint,
): string {
  const width = nameWidth(report.runs);
  return [
    ...report.runs.map((run) => formatRun(run, report.resumed.includes(run.id), width, paint)),
    ...section('Model', formatModel(json), paint),
    ...section('Tracking', formatTracking(json), paint),
    ...section('Files', formatFiles(report, context, paint), paint),
    ...section('Next', report.state === 'success' ? suggestions(name, json, report) : afterFailure(report), paint),
    `${report.state === 'success' ? paint('green', 'Done') : paint('red', 'Failed')} in ${formatDuration(elapsedMs)}.`,
  ].join('\n\n');
}

export function nameWidth(runs: readonly RunView[]): number {
  return Math.max(...runs.flatMap((run) => run.tasks.map((task) => nameOf(task).length)), 0);
}

export function formatRun(run: RunView, resumed: boolean, width: number, paint: Paint): string {
  const published = Object.entries(run.published).map(([dataset, version]) => `${dataset} version ${version}`);
  const head = [paint('bold', run.dag), reasonOf(run), ...(resumed ? [paint('yellow', 'resumed after a crash')] : [])];
  return [
    head.join('  '),
    ...run.tasks.map((task) => formatTask(task, width, paint)),
    ...(published.length > 0 ? [`  ${paint('cyan', '→')} published ${paint('cyan', published.join(', '))}`] : []),
    ...(run.error !== undefined && run.tasks.every(({ error }) => error === undefined)
      ? [`  ${paint('red', run.error.message)}`]
      : []),
  ].join('\n');
}

function formatTask(task: TaskView, width: number, paint: Paint): string {
  const [mark, style] = MARKS[task.state] ?? ['·', 'dim'];
  const attempts = task.attempts > 1 ? paint('yellow', `  attempt ${task.attempts}`) : '';
  const state = task.state === 'success' ? formatDuration(task.durationMs).padStart(8) : paint(style, task.state);
  const note = task.note === undefined ? '' : paint('dim', `  ${task.note}`);
  const error = task.error === undefined ? '' : `\n      ${paint('red', task.error.message)}`;
  const remedy = task.error?.remedy === undefined ? '' : `\n      ${task.error.remedy}`;
  return `  ${paint(style, mark)} ${nameOf(task).padEnd(width)}  ${state}${attempts}${note}${error}${remedy}`;
}

function nameOf({ id, mapIndex }: TaskView): string {
  return mapIndex < 0 ? id : `${id}[${mapIndex}]`;
}

export function reasonOf({ trigger }: RunView): string {
  switch (trigger.type) {
    case 'dataset':
      return `triggered by ${trigger.dataset} version ${trigger.version}`;
    case 'cron':
      return `scheduled for ${trigger.at}`;
    case 'manual':
      return 'started by hand';
    case 'replay':
    case 'rerun':
      return `${trigger.type} of ${trigger.of}`;
  }
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [[paint('bold', title), ...lines.map((line) => `  ${line}`)].join('\n')];
}

function formatModel({ model, source }: RunJson): string[] {
  if (model === undefined) return [];
  const data = source === undefined ? [] : [`data          ${source.synthetic ? 'SYNTHETIC: ' : ''}${source.name}`];
  const { scoring, bestScore, folds } = model;
  const error = scoring
    ? `${formatNumber(bestScore ?? 0)} ${scoring}`
    : `${formatNumber(-(bestScore ?? 0))} mean squared error`;
  const score = bestScore === null ? [] : [`${folds ? `${folds.count}-fold cv`.padEnd(13) : 'leave-one-out'} ${error}`];
  const r2 = model.r2 === undefined ? [] : [`R²            ${formatNumber(model.r2)} on the rows it was fitted on`];
  return [...data, `alpha         ${formatNumber(model.alpha)}`, ...score, ...r2, `stored as     ${model.key}`];
}

function formatTracking({ tracking }: RunJson): string[] {
  if (tracking === undefined) return [];
  const { uri, runIds, modelVersion, sent } = tracking;
  const place =
    uri === null ? 'in the store' : sent === true ? `in the store and at ${uri}` : 'in the store, not yet sent';
  return [
    `runs          ${runIds.length}, ${place}`,
    ...(modelVersion === null ? [] : [`model version ${modelVersion}`]),
  ];
}

function formatFiles(report: RunReport, context: CliContext, paint: Paint): string[] {
  const outputs = outputsOf(report);
  if (outputs.length === 0) return [];
  const { storeUrl, cwd } = context;
  // A folder is shown as one would type it; a bucket by its URL.
  const place = (key: string): string => {
    if (storeUrl.includes('://')) return `${storeUrl.replace(/\/$/, '')}/${key}`;
    const path = relative(cwd, join(storeUrl, key));
    return path.startsWith('..') ? join(storeUrl, key) : path;
  };
  const width = Math.max(...outputs.map(({ key }) => place(key).length));
  return outputs.map(({ key, rows, sizeBytes }) => {
    const size = [...(rows === undefined ? [] : [`${formatCount(rows)} rows`]), formatSize(sizeBytes)].join(', ');
    return `${place(key).padEnd(width)}  ${paint('dim', size)}`;
  });
}

function suggestions(name: string, { model, runs, tracking }: RunJson, report: RunReport): string[] {
  const dataset = runs.flatMap(({ published }) => Object.keys(published))[0];
  const csv = outputsOf({ ...report, runs: report.runs.filter((run) => !fitsModel(run)) }).find(({ key }) =>
    key.endsWith('.csv'),
  );
  const rows: [command: string, what: string][] = [[`run ${name}`, 'the next version, and its consumer pinned to it']];
  if (dataset !== undefined) rows.push([`dataset show ${dataset}`, 'its versions and where they came from']);
  if (model !== undefined && csv !== undefined)
    rows.push([`predict ${model.key.slice(0, 16)} ${shellWord(csv.key)}`, 'the model on a file, or on any other']);
  if (tracking !== undefined) rows.push(['runs list', 'what was tracked: parameters, metrics, files']);
  return formatCommands(rows);
}

/** What such a run exports is mostly predictions, over columns that are standardised already. */
function fitsModel(run: RunView): boolean {
  return leavesIn(run).some(({ kind }) => kind === 'model');
}

function afterFailure(report: RunReport): string[] {
  const run = report.runs.find(({ state }) => state === 'failed');
  return run === undefined ? [] : formatCommands([[`logs ${run.id}`, 'what the tasks said']]);
}

function formatCommands(rows: readonly (readonly [command: string, what: string])[]): string[] {
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, what]) => `npx ridgeline ${command.padEnd(width)}  ${what}`);
}
