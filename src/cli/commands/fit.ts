import { Option } from 'commander';
import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { RidgeModelArtifact } from '../../contracts/model.ts';
import type { Table } from '../../contracts/table.ts';
import type { RidgeModel } from '../../core/ridge-model.ts';
import { scalingOf } from '../../core/transformers/index.ts';
import { parseAlphas, parseNumber } from '../alphas.ts';
import type { CliContext } from '../context.ts';
import { formatFit } from '../fit-summary.ts';
import { openData } from '../open-input.ts';
import { painter, printJson } from '../output.ts';
import { writeTextTo } from '../table-output.ts';

const EXAMPLES = `
DATA is CSV or Parquet: a path, s3://bucket/key, or a key of the store. The features are every column but the target. They
are standardised first, unless they already are: a Parquet table remembers that. Alpha is the one of smallest exact
leave-one-out error, conditional on the standardisation, which is done on all rows.

Examples:
  ridgeline fit houses.csv --target price --out model.json
  ridgeline fit houses.csv --target price --features rooms,age --alphas 0.1,1,10 --json
  ridgeline fit houses.csv --target price --alpha 0          ordinary least squares
`;

interface Options {
  readonly target: string;
  readonly features?: string;
  readonly alphas?: string;
  readonly alpha?: string;
  readonly scale: boolean;
  readonly intercept: boolean;
  readonly dropMissing?: boolean;
  readonly out?: string;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<data>', 'CSV or Parquet')
    .requiredOption('--target <column>', 'column to predict')
    .option('--features <a,b>', 'columns to predict from (default: every column but the target)')
    .option('--alphas <list>', "alphas to choose from, such as 0.1,1,10 (default: 'logspace(-3,1,30)')")
    .addOption(new Option('--alpha <a>', 'one alpha; 0 is ordinary least squares').conflicts('alphas'))
    .option('--no-scale', 'do not standardise the features')
    .option('--no-intercept', 'fit no intercept')
    .option('--drop-missing', 'leave out rows with missing values')
    .option('--out <file>', 'write the model there, or to - for standard output')
    .addHelpText('after', EXAMPLES)
    .action((data: string, options: Options) => fit(context, data, options));
}

/** Reads data / Writes the model to `--out` / Fails on data that cannot be fitted, naming column and row. */
async function fit(context: CliContext, data: string, options: Options): Promise<void> {
  const { out, target } = options;
  if (context.json && out === '-') {
    throw new RidgelineError('USAGE', 'usage', 'fit: standard output cannot take both the model and --json', {
      remedy: 'give a file with --out',
    });
  }
  const features = options.features?.split(',').map((name) => name.trim());
  const alphas = await chooseAlphas(options);
  const { RidgeCV } = await import('../../core/estimators/ridge-cv.ts');
  const table = await openData(context, data);
  const columns = features ?? table.columnNames.filter((name) => name !== target);
  const rows = options.dropMissing ? table.dropMissing([...columns, target]) : table;
  const ridge = new RidgeCV({ target, features: columns, ...alphas, fitIntercept: options.intercept });
  const model = await ridge.fit(options.scale ? await standardise(rows, columns) : rows);
  if (out !== undefined) await writeModelFile(context, model, out);
  const { artifact } = model;
  if (context.json) return printJson(context, toJson(artifact));
  // With the model itself on standard output, the summary goes where it is in nobody's way.
  const stream = out === '-' ? context.stderr : context.stdout;
  stream.write(`${formatFit(artifact, data, out, painter(context, stream))}\n`);
}

/** The features standardised; as they are if they came through a scaler before. */
async function standardise(table: Table, columns: readonly string[]): Promise<Table> {
  const { StandardScaler } = await import('../../core/estimators/standard-scaler.ts');
  const isScaled = (column: string): boolean => table.chain.some((state) => state.columns.includes(column));
  const raw = columns.filter((column) => !isScaled(column));
  if (raw.length === 0) return table;
  return (await new StandardScaler({ columns: raw }).fit(table)).transform(table);
}

async function writeModelFile(context: CliContext, model: RidgeModel, out: string): Promise<void> {
  const { writeModel } = await import('../../core/model-write.ts');
  await writeTextTo(out, writeModel(model.artifact), context);
}

async function chooseAlphas({ alpha, alphas }: Options): Promise<{ alpha?: number; alphas?: Float64Array }> {
  if (alpha !== undefined) {
    const value = parseNumber(alpha);
    if (value !== undefined && value >= 0) return { alpha: value };
    throw new RidgelineError('USAGE', 'usage', `--alpha: expected a number >= 0, got "${alpha}"`);
  }
  if (alphas === undefined) return {};
  const { defaultCore } = await import('../../core/default-core.ts');
  return { alphas: parseAlphas(alphas, await defaultCore()) };
}

/** What scripts read; arrays over columns follow `features`. `mean` and `scale` are null without a scaler. */
function toJson(artifact: RidgeModelArtifact): object {
  const { target, features, n, chain, alpha, alphas, mse, bestScore, coef, intercept } = artifact;
  const { coefRaw, interceptRaw, warnings } = artifact;
  const scaler = chain.findLast((state) => state.type === 'StandardScaler');
  const { mean, scale } = scaler ? scalingOf(scaler, features) : {};
  const scaling = { mean: mean ? Array.from(mean) : null, scale: scale ? Array.from(scale) : null };
  const fitted = { alpha, alphas, mse, bestScore, coef, intercept, coefRaw, interceptRaw, warnings };
  return { target, features, n, ...scaling, ...fitted };
}
