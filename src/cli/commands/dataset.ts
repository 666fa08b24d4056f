import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Table } from '../../contracts/table.ts';
import type { VersionView } from '../../engine/index.ts';
import type { CliContext } from '../context.ts';
import { tellPipelines, withHome } from '../open-home.ts';
import type { Home } from '../open-home.ts';
import { formatCount, formatSize, formatTime, printJson, printTable, shellWord } from '../output.ts';
import { publishFile } from '../publish-file.ts';
import type { PublishOptions } from '../publish-file.ts';
import { parseVersion, report } from '../steering.ts';
import { wholeNumber } from '../whole-number.ts';
import { checkOut, refuseBoth, writeBodyTo, writeTableTo } from '../table-output.ts';

export function register(command: Command, context: CliContext): void {
  command
    .command('list', { isDefault: true })
    .description('datasets of the store, and their newest versions')
    .allowExcessArguments() // said better than by commander, which takes any word for one of the default command
    .action((_: object, { args: [word] }: Command) => {
      if (word === undefined) return withHome(context, async (home) => list(home, context));
      throw new RidgelineError('USAGE', 'usage', `dataset: expected a command before "${word}"`, {
        remedy: `ridgeline dataset show ${shellWord(word)}, or another of ridgeline dataset --help`,
      });
    });
  command
    .command('show <name>')
    .description('versions of a dataset: when, by which run, from what')
    .action((name: string) => withHome(context, async (home) => show(name, home, context)));
  command
    .command('head <name>')
    .description('the first rows of a version: NAME is the newest, NAME@2 the second')
    .option('-n, --rows <n>', 'how many rows', wholeNumber('--rows', 0, 1_000_000), 10)
    .action((name: string, options: { rows: number }) =>
      withHome(context, (home) => head(name, options, home, context)),
    );
  command
    .command('get <name>')
    .description('a version as a file: a table as CSV or Parquet, bytes as they are, anything else as JSON')
    .option('-o, --out <file>', 'where to; ending in .csv, .parquet or .json; - is standard output', '-')
    .addHelpText('after', '\nExamples:\n  ridgeline dataset get built_features@1 --out features.parquet\n')
    .action((name: string, options: { out: string }) => withHome(context, (home) => get(name, options, home, context)));
  command
    .command('publish <name> <file>')
    .description('a file as the next version: .csv and .parquet are tables, .json a model or any value')
    .option('--key <key>', 'your own word for this publish: said twice, it is published once')
    .option('--dry-run', 'say what would be published, and publish nothing')
    .addHelpText('after', '\nExamples:\n  ridgeline dataset publish built_features features.parquet --key 2026-11-21\n')
    .action((name: string, file: string, options: PublishOptions) => publishFile(name, file, options, context));
  command
    .command('rm <version>')
    .description('take a version back: NAME@2; its content goes with the next gc')
    .option('--dry-run', 'say whether it could be, and change nothing')
    .action((given: string, { dryRun = false }: { dryRun?: boolean }) =>
      withHome(context, (home) => remove(given, dryRun, home, context)),
    );
  command.addHelpText('after', '\nExamples:\n  ridgeline dataset list\n  ridgeline dataset head built_features@1\n');
}

async function list(home: Home, context: CliContext): Promise<void> {
  const { engine } = home;
  // Who makes and reads them is a question once there are any.
  if (engine.listDatasets().length > 0) await tellPipelines(home, context);
  const datasets = engine.listDatasets();
  if (context.json) return printJson(context, { datasets });
  const rows = datasets.map((each) => [
    each.name,
    String(each.version),
    each.producers.join(', '),
    each.consumers.join(', '),
  ]);
  const header = ['DATASET', 'VERSION', 'PRODUCED BY', 'CONSUMED BY'];
  printTable(context, header, rows);
}

function show(name: string, { engine }: Home, context: CliContext): void {
  const versions = engine.listVersions(name);
  if (context.json) return printJson(context, { name, versions });
  const rows = versions.map((version) => [
    String(version.version),
    formatTime(version.at),
    version.removed ? 'removed' : (version.run ?? 'published from outside'),
    Object.entries(version.inputs)
      .map(([dataset, number]) => `${dataset} ${number}`)
      .join(', '),
    ...describeValue(version),
    version.sha256.slice(0, 12),
  ]);
  const header = ['VERSION', 'AT', 'RUN', 'FROM', 'WHAT', 'SIZE', 'SHA-256'];
  printTable(context, header, rows);
}

function describeValue({ value }: VersionView): [what: string, size: string] {
  if (value.kind === 'table')
    return [
      `${formatCount(value.ref.numRows)} rows × ${value.ref.fields.length} columns`,
      formatSize(value.ref.sizeBytes),
    ];
  return [value.kind, value.kind === 'model' || value.kind === 'file' ? formatSize(value.sizeBytes) : ''];
}

async function head(
  name: string,
  { rows }: { rows: number },
  { engine, store }: Home,
  context: CliContext,
): Promise<void> {
  const table = await openVersion(findVersion(name, engine), store);
  const lines: (number | string | null)[][] = [];
  for await (const batch of table.batches({ rows: [0, Math.min(rows, table.numRows ?? rows)] })) {
    const columns = batch.fields.map((field) =>
      field.type === 'Utf8' ? batch.utf8(field.name) : batch.float64(field.name),
    );
    for (let i = 0; i < batch.numRows; i += 1) lines.push(columns.map((column) => column[i] ?? null));
  }
  if (context.json)
    return printJson(context, {
      name,
      rows: lines.map((line) => Object.fromEntries(line.map((cell, j) => [table.columnNames[j], cell]))),
    });
  const cells = lines.map((line) =>
    line.map((cell) => (typeof cell === 'number' ? String(Number(cell.toPrecision(7))) : (cell ?? ''))),
  );
  printTable(context, table.columnNames, cells);
}

async function get(
  name: string,
  { out }: { out: string },
  { engine, store }: Home,
  context: CliContext,
): Promise<void> {
  const { dataset, version, value } = findVersion(name, engine);
  if (value.kind === 'table' || value.kind === 'file') refuseBoth(context, out, 'dataset get', `the ${value.kind}`);
  await checkOut(out, context);
  let rows: number | undefined;
  if (value.kind === 'table')
    rows = await writeTableTo(out, await openVersion({ dataset, version, value }, store), context);
  else if (value.kind === 'model' || value.kind === 'file') await writeBodyTo(out, await store.get(value.key), context);
  // What holds tables or models beside JSON is shown as the log names its parts.
  else
    await writeBodyTo(out, `${JSON.stringify(value.kind === 'json' ? value.value : value, undefined, 2)}\n`, context);
  if (out === '-') return;
  if (context.json) return printJson(context, { out, dataset, version, rows });
  const size = rows === undefined ? '' : `, ${formatCount(rows)} rows`;
  context.stderr.write(`${out}: ${dataset} version ${version}${size}\n`);
}

async function remove(given: string, dryRun: boolean, home: Home, context: CliContext): Promise<void> {
  const { dataset, version } = parseVersion(given);
  await home.engine.remove(dataset, version, { dryRun });
  const text = `${dryRun ? 'would remove' : 'removed'} ${dataset} version ${version}`;
  report(context, home, { dataset, version, dryRun, removed: !dryRun }, text, false);
}

/** `built_features` is the newest version, `built_features@2` the second. */
function findVersion(given: string, engine: Home['engine']): VersionView {
  const [, name = given, version] = /^(.+)@(\d+)$/.exec(given) ?? [];
  return engine.getVersion(name, version === undefined ? undefined : Number(version));
}

async function openVersion(
  { dataset, version, value }: Pick<VersionView, 'dataset' | 'version' | 'value'>,
  store: Home['store'],
): Promise<Table> {
  if (value.kind === 'table') return (await import('../../data/table/index.ts')).openTable(value.ref, store);
  const message = `${dataset} version ${version}: expected a table, it is a ${value.kind}`;
  throw new RidgelineError('NOT_A_TABLE', 'usage', message, { remedy: `ridgeline dataset get ${dataset}` });
}
