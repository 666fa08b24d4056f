import type { Command } from 'commander';
import { openStore } from '../../data/store/index.ts';
import type { Store } from '../../contracts/store.ts';
import { findRunRecord, listRunRecords, type RunRecord } from '../../tracking/index.ts';
import type { CliContext } from '../context.ts';
import { syncHome } from '../send-tracking.ts';
import { formatDuration, formatSize, formatTime, printJson, printTable } from '../output.ts';

/** Characters of a value in a comparison. */
const LONGEST_CELL = 24;

export function register(command: Command, context: CliContext): void {
  command.addHelpText(
    'after',
    `
Runs that tasks have tracked: parameters, metrics, files, the dataset versions they saw. Kept in the store; sent to the
MLflow server of MLFLOW_TRACKING_URI after each run, and by sync what could not be sent then.

Examples:
  ridgeline runs list --experiment Possum_tails
  ridgeline runs compare 4f2a 91bc
  MLFLOW_TRACKING_URI=http://127.0.0.1:5000 ridgeline runs sync
`,
  );
  command
    .command('list')
    .description('tracked runs, newest first')
    .option('--experiment <name>', 'of this experiment only')
    .action((options: { experiment?: string }) =>
      withStore(context, (store) => list(store, options.experiment, context)),
    );
  command
    .command('show <run>')
    .description('all of one tracked run; the first characters of its id are enough')
    .action((word: string) => withStore(context, (store) => show(store, word, context)));
  command
    .command('compare <runs...>')
    .description('parameters and metrics side by side')
    .action((words: string[]) => withStore(context, (store) => compare(store, words, context)));
  command
    .command('sync')
    .description('send what MLflow does not have')
    .action(() => withStore(context, (store) => sync(store, context)));
}

async function withStore(context: CliContext, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(context.storeUrl, context.env);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

async function list(store: Store, experiment: string | undefined, context: CliContext): Promise<void> {
  const all = (await listRunRecords(store)).toReversed();
  const runs = experiment === undefined ? all : all.filter((run) => run.experiment === experiment);
  if (context.json) return printJson(context, { runs });
  const rows = runs.map((run) => [
    shortId(run),
    run.experiment,
    run.name,
    run.status,
    formatTime(run.startTime),
    formatDuration(run.endTime === null ? undefined : run.endTime - run.startTime),
  ]);
  printTable(context, ['RUN', 'EXPERIMENT', 'NAME', 'STATUS', 'BEGAN', 'TOOK'], rows);
}

async function show(store: Store, word: string, context: CliContext): Promise<void> {
  const run = await findRunRecord(store, word);
  if (context.json) return printJson(context, run);
  const rows = [
    ['run', run.id],
    ['experiment', run.experiment],
    ['name', run.name],
    ['status', run.status],
    ['began', formatTime(run.startTime)],
    ...(run.error === null ? [] : [['error', run.error]]),
    ...(run.parent === null ? [] : [['within', run.parent]]),
    ...run.datasets.map(({ name, version }) => ['dataset', `${name} version ${version}`]),
    ...Object.entries(run.params).map(([key, value]) => [`param ${key}`, value]),
    ...run.metrics.map(({ key, value, step }) => [
      `metric ${key}`,
      step === 0 ? String(value) : `${value} (step ${step})`,
    ]),
    ...Object.entries(run.tags).map(([key, value]) => [`tag ${key}`, value]),
    ...run.artifacts.map(({ path, sizeBytes }) => [`file ${path}`, formatSize(sizeBytes)]),
  ];
  const width = Math.max(...rows.map(([name]) => name!.length));
  context.stdout.write(`${rows.map(([name, value]) => `${name!.padEnd(width)}  ${value}`).join('\n')}\n`);
}

async function compare(store: Store, words: readonly string[], context: CliContext): Promise<void> {
  const runs: RunRecord[] = [];
  for (const word of words) runs.push(await findRunRecord(store, word));
  const columns = runs.map(({ params, metrics }) => ({
    params,
    metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, value])),
  }));
  if (context.json) {
    return printJson(context, { runs: runs.map(({ id, name }, i) => ({ id, name, ...columns[i] })) });
  }
  const rows = (['params', 'metrics'] as const).flatMap((kind) => {
    const keys = new Set(columns.flatMap((column) => Object.keys(column[kind])));
    return [...keys].map((key) => [key, ...columns.map((column) => shorten(String(column[kind][key] ?? '')))]);
  });
  printTable(context, ['', ...runs.map((run) => `${run.name} ${shortId(run)}`)], rows);
}

async function sync(store: Store, context: CliContext): Promise<void> {
  const report = await syncHome(context, store);
  if (context.json) return printJson(context, report ?? null);
  if (report === undefined) {
    context.stderr.write('no MLflow server: MLFLOW_TRACKING_URI is not set\n');
    return;
  }
  const waiting = report.waiting === 0 ? '' : `; ${report.waiting} runs wait: not ended, or of another home`;
  context.stderr.write(`${report.sent} records sent to ${report.server}${waiting}\n`);
}

/** A list of thirty alphas would push the other columns off the screen; `--json` and `show` have all of it. */
function shorten(text: string): string {
  return text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL - 1)}…`;
}

function shortId({ id }: RunRecord): string {
  return id.split('/').at(-1)!;
}
