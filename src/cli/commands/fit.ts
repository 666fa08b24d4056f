import { dirname, join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Scoring } from '../../contracts/model.ts';
import { isNumeric } from '../../contracts/table.ts';
import type { Table } from '../../contracts/table.ts';
import { requireColumns } from '../../core/estimators/columns.ts';
import type { RidgeModel } from '../../core/ridge-model.ts';
import { SCORINGS } from '../../core/scoring.ts';
import { parseAlphas, parseNumber } from '../alphas.ts';
import type { CliContext } from '../context.ts';
import { fitJson } from '../fit-json.ts';
import { formatFit } from '../fit-summary.ts';
import type { FitOutcome } from '../fit-summary.ts';
import { interruptible } from '../interrupt.ts';
import { withKernelThreads } from '../kernel-threads.ts';
import { kindsOf } from '../memory.ts';
import { openData } from '../open-input.ts';
import { painter, printJson } from '../output.ts';
import { prepareFeatures } from '../prepare-features.ts';
import { decimalRemedy, modelColumnsRemedy, withRemedy } from '../remedies.ts';
import type { RemedyOf } from '../remedies.ts';
import { checkOut, refuseBoth, writeBodyTo } from '../table-output.ts';

const EXAMPLES = `
DATA is CSV or Parquet: a path, s3://bucket/key, a key of the store, or - for standard input that is a file. The features are
every column but the target. They are standardised first, unless they already are: a Parquet table remembers that. Alpha is the
one of smallest exact leave-one-out error, conditional on the standardisation, which is done on all rows.

With --categorical onehot a text column becomes columns of 0 and 1, one per category, named as pandas' get_dummies; a
missing category is 0 in all of them. Numbers that stand for categories are named after a colon: onehot:site,zone.

With --test-size the model is fitted on the other rows only, transformers included, and measured on those held out. A row's
side depends on its number, or with --id on that column, and on the seed alone: it stays when rows are added.

Several targets, --target a,b, are fitted in the same passes and get a model each; {target} in --out becomes its name. They
share one alpha, that of the best mean score, unless each chooses its own with --alpha-per-target, or with --keep-state.

With --weights a column says how much each row counts, to the fit and to the standardisation: 2 as if the row were there twice,
0 as if it were not. What --impute fills in is not weighted, nor what is measured on rows held out.

With --cv k alpha is chosen as scikit-learn's RidgeCV(cv=k) does: by the mean over k folds of consecutive rows. One read.

With --keep-state the statistics of the rows are kept beside the model, in a file model.<hash>.state of some kilobytes that the
model names; --update adds rows to them, with no old row read again and to the bits of one fit on all. Alpha is then chosen by
exact cross-validation over --folds folds, a row's by a hash of its index, since leave-one-out would need all rows again. Of
several updates of one model at once each waits for the one before it.

With --intervals the model keeps what prediction intervals need: up to 1,000 residuals, and while rows x (columns + 2) are at
most 100,000 also the models that each leave one row out, which makes a file of up to 2 MB. It takes 16 bytes of memory a row.

--memory bounds the whole process, whatever the number of rows, by fewer threads and shorter batches. It takes 150 MB, 10 MB a
kernel thread if there are several, and for each thread and column the larger of 60 bytes x rows of a batch (1,024 to 65,536) and
2 MB and 8 bytes x rows of a batch, and 48 bytes x columns; --intervals 16 bytes a row. Text, of however many columns and however
long, takes 60 MB and 768 bytes x rows of a batch a thread: batches and row groups of long texts have fewer rows. Text that is
encoded, or written as CSV, takes 100 MB a thread besides, and a column that is encoded 600 bytes x rows of a batch, enough for
texts of up to 20 characters. Columns that are neither doubles nor text, such as integers of Parquet, take 100 MB a thread,
however many. Less than all that is refused. Parquet pages above 1 MB, and the columns that an encoding makes, are not counted.

Examples:
  ridgeline fit houses.csv --target price --out model.json
  ridgeline fit houses.csv --target price --features rooms,age --alphas 0.1,1,10 --json
  ridgeline fit houses.csv --target price --alpha 0          ordinary least squares
  ridgeline fit houses.csv --target price --categorical onehot --impute median --test-size 0.2
  ridgeline fit houses.csv --target price --keep-state --out model.json
  ridgeline fit --update model.json new-houses.csv
  ridgeline fit houses.csv --target price,rent --alpha-per-target --out '{target}.json'
`;

interface Options {
  readonly target: string;
  readonly keepState?: boolean;
  readonly folds?: string;
  readonly update?: string;
  readonly features?: string;
  readonly alphas?: string;
  readonly alpha?: string;
  readonly alphaPerTarget?: boolean;
  readonly cv?: string;
  readonly scoring?: Scoring;
  readonly scale: boolean;
  readonly intercept: boolean;
  readonly dropMissing?: boolean;
  readonly impute?: 'mean' | 'median';
  readonly categorical?: string;
  readonly unknown?: 'error' | 'ignore';
  readonly testSize?: string;
  readonly seed?: string;
  readonly id?: string;
  readonly weights?: string;
  readonly intervals?: boolean;
  readonly memory?: string;
  readonly out?: string;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<data>', 'CSV or Parquet')
    .option('--target <column>', 'column to predict, or several: a,b')
    .option(
      '--features <a,b>',
      'columns to predict from (default: every column but targets, --id, --weights and an index of pandas)',
    )
    .option('--alphas <list>', "alphas to choose from, such as 0.1,1,10 (default: 'logspace(-3,1,30)')")
    .option('--weights <column>', 'how much each row counts, >= 0; is no feature')
    .addOption(new Option('--alpha <a>', 'one alpha; 0 is ordinary least squares').conflicts('alphas'))
    .option('--alpha-per-target', 'an alpha for each target, in place of one for all')
    .option('--cv <k>', 'choose alpha over k folds of consecutive rows, in place of leave-one-out')
    .addOption(
      new Option('--scoring <score>', 'choose alpha by it (default: neg_mean_squared_error, with folds r2)').choices(
        SCORINGS,
      ),
    )
    .option('--no-scale', 'do not standardise the features')
    .option('--no-intercept', 'fit through the origin: features are scaled, not centred')
    .option('--drop-missing', 'leave out rows with missing values')
    .addOption(new Option('--impute <how>', 'fill missing numbers of the features').choices(['mean', 'median']))
    .option('--categorical <how>', 'onehot, or onehot:a,b: encode text columns, and those named')
    .addOption(
      new Option(
        '--unknown <what>',
        'a category not seen in fitting is an error (default), or ignored: 0 in every column',
      ).choices(['error', 'ignore']),
    )
    .option('--test-size <share>', 'hold out this share of the rows and measure on them')
    .option('--seed <n>', 'which rows are held out (default: 0)')
    .option('--id <column>', "a row's identity: it keeps its side wherever it stands, and is no feature")
    .addOption(
      new Option('--keep-state', "keep the rows' statistics beside the model, for --update").conflicts(NOT_KEPT),
    )
    .option('--folds <k>', 'with --keep-state: folds that alpha is chosen over (default: 5)')
    .addOption(
      new Option('--update <model>', 'add these rows to a model fitted with --keep-state').conflicts(OF_THE_MODEL),
    )
    .option('--intervals', 'keep leave-one-out residuals in the model, for predict --interval')
    .option('--memory <size>', 'most memory the process may take, such as 200MB (RIDGELINE_MEMORY)')
    .option('--out <file>', 'write the model there, or to - for standard output')
    .addHelpText('after', EXAMPLES)
    .action((data: string, { target, ...options }: Partial<Pick<Options, 'target'>> & Omit<Options, 'target'>) => {
      if (options.update !== undefined) return update(context, data, options.update, options);
      if (target !== undefined) return fit(context, data, { ...options, target });
      throw new RidgelineError('USAGE', 'usage', 'fit: expected --target <column>, or --update <model>', {
        remedy: 'name the column to predict, such as --target price',
      });
    });
}

/** What has no part in a fit that keeps its state: it needs the rows again, or was learned from some of them. */
const NOT_KEPT = ['cv', 'intervals', 'testSize', 'impute', 'categorical', 'alphaPerTarget'];

/** What the model says itself. */
const OF_THE_MODEL = [
  'target',
  'features',
  'alphas',
  'alpha',
  'scoring',
  'scale',
  'intercept',
  'keepState',
  'folds',
  'id',
  'weights',
  'seed',
  'unknown',
].concat(NOT_KEPT);

/** Reads data / Writes the model, or one for each target, to `--out` / Fails on data that cannot be fitted, naming column and row. */
async function fit(context: CliContext, data: string, options: Options): Promise<void> {
  const { out, id, impute, weights } = options;
  refuseBoth(context, out, 'fit', 'the model');
  refuseAlone(options);
  // One file for each of several targets, and statistics beside a model, have no place on standard output.
  const limits = { data, stdout: !options.keepState && out?.includes('{target}') !== true };
  // Whether a comma is between two targets or in the name of one, the table will say.
  const isCertain = out !== undefined && !(out.includes('{target}') && options.target.includes(','));
  if (isCertain) await checkOut(fileOf(out, options.target), context, limits);
  const alphas = await chooseAlphas(options);
  const encode = parseCategorical(options.categorical);
  const { RidgeCV } = await import('../../core/estimators/ridge-cv.ts');
  const table = await openData(context, data);
  const targets = chooseTargets(table, options);
  if (id !== undefined) requireColumns(table, [id]); // a slip would make the real one a feature
  for (const target of out === undefined ? [] : targets) {
    await checkOut(fileOf(out!, target), context, limits);
    if (options.keepState) await checkState(context, fileOf(out!, target));
  }
  const others = [...targets, id, weights];
  const columns = names(options.features) ?? defaultFeatures(context, table, others);
  const { train, test } = await split(table, options);

  // What is filled is not missing any more; a row without a target is of no use either way.
  const filled = impute === undefined ? [] : table.fields.filter(isNumeric).map(({ name }) => name);
  const needed = [...columns.filter((name) => !filled.includes(name)), ...targets, ...(weights ? [weights] : [])];
  const complete = (rows: Table): Table => (options.dropMissing ? rows.dropMissing(needed) : rows);
  const { scale, intercept, unknown: handleUnknown = 'error' } = options;
  const preparation = { impute, encode, handleUnknown, scale, intercept, weights };
  const keeps = {
    ...(options.intervals && { intervals: true }),
    ...(options.cv !== undefined && { cv: parseCount('--cv', options.cv) }),
    ...(options.scoring && { scoring: options.scoring }),
    ...(options.alphaPerTarget && { alphaPerTarget: true }),
    ...(weights !== undefined && { sampleWeight: weights }),
  };
  const read = [...columns, ...targets, ...(weights === undefined ? [] : [weights])];
  const kinds = kindsOf(table.fields.filter(({ name }) => read.includes(name)));
  const shape = {
    columns: read.length,
    ...kinds,
    encoded: kinds.text,
    written: 0,
    keptBytes: options.intervals ? 16 * (table.numRows ?? 0) * targets.length : 0,
  };
  const fitAll = async (): Promise<readonly RidgeModel[]> => {
    if (options.keepState) return fitKept(context, complete(train), columns, targets, alphas, options);
    return interruptible(context.signal, async () => {
      const prepared = await prepareFeatures(complete(train), columns, preparation);
      const { features, standardize } = prepared;
      const shared = { target: targets, features, standardize, fitIntercept: intercept };
      return new RidgeCV({ ...shared, ...alphas, ...keeps }).fit(prepared.table);
    });
  };
  const models = await withRemedy(remedyOf(options), () =>
    withKernelThreads(context, { memory: options.memory, shape }, fitAll),
  );
  const printed: object[] = [];
  for (const model of models) {
    const { artifact } = model;
    const scaled = table.chain.length > 0;
    const heldOut = test && (await interruptible(context.signal, () => model.evaluate(complete(test), { scaled })));
    const file = out && fileOf(out, model.target);
    if (file !== undefined && !options.keepState) await writeModelFile(context, model, file);
    printed.push({ ...fitJson(artifact), ...(heldOut && { test: heldOut }) });
    if (!context.json) summarise(context, { artifact, heldOut, data, out: file });
  }
  if (context.json) printJson(context, models.length === 1 ? printed[0] : printed);
}

/** 2 folds are the fewest: to take fewer is no advice then. */
function remedyOf({ cv, folds }: Options): RemedyOf {
  const isLeast = Number(cv ?? folds) === 2;
  return (error) =>
    isLeast && error.code === 'TOO_FEW_ROWS' ? 'give more rows: 2 folds are the fewest' : decimalRemedy(error);
}

/** An option that does nothing without another: whoever gives it expects it to do something. */
function refuseAlone({ folds, keepState, seed, testSize, unknown, categorical }: Options): void {
  const pairs = [
    ['--folds', folds, '--keep-state', keepState, `to choose alpha over folds without it: --cv ${folds}`],
    ['--seed', seed, '--test-size', testSize, 'say which share of the rows it draws: --test-size 0.2'],
    ['--unknown', unknown, '--categorical', categorical, 'say what is encoded: --categorical onehot'],
  ] as const;
  const alone = pairs.find(([, given, , needed]) => given !== undefined && !needed);
  if (alone === undefined) return;
  const [option, , other, , remedy] = alone;
  throw new RidgelineError('USAGE', 'usage', `${option}: expected ${other} with it, got none`, { remedy });
}

/** The statistics, too, have a place: their name is longer than the model's. */
async function checkState(context: CliContext, model: string): Promise<void> {
  const { stateFile } = await import('../kept-fit.ts');
  await checkOut(join(dirname(model), stateFile(model, '0'.repeat(64))), context);
}

/** Reads data, model and its state / Writes both anew / Fails on data that cannot be fitted, and on a state of another fit. */
async function update(
  context: CliContext,
  data: string,
  model: string,
  { out = model, dropMissing, memory }: Pick<Options, 'out' | 'dropMissing' | 'memory'>,
): Promise<void> {
  await checkOut(requireFile(out), context, { data, stdout: false });
  const { updateModel } = await import('../kept-fit.ts');
  const open = async (columns: readonly string[]): Promise<Table> => {
    const table = await openData(context, data);
    return dropMissing ? table.dropMissing(columns) : table;
  };
  const artifact = await withRemedy(modelColumnsRemedy, () => updateModel(context, model, open, { out, memory }));
  if (context.json) printJson(context, fitJson(artifact));
  else summarise(context, { artifact, heldOut: undefined, data: `${model} and ${data}`, out });
}

function summarise(context: CliContext, outcome: FitOutcome): void {
  // With the model itself on standard output, the summary goes where it is in nobody's way.
  const stream = outcome.out === '-' ? context.stderr : context.stdout;
  stream.write(`${formatFit(outcome, painter(context, stream))}\n`);
}

/** Models of targets, each written with the statistics of its rows. */
async function fitKept(
  context: CliContext,
  table: Table,
  features: readonly string[],
  targets: readonly string[],
  { alpha, alphas }: { alpha?: number; alphas?: Float64Array },
  { out, folds = '5', scale, intercept: fitIntercept, scoring = 'r2', weights }: Options,
): Promise<RidgeModel[]> {
  const [{ defaultCore }, { KeptRidge }, { RidgeModel }, { appendRows, writeKept }] = await Promise.all([
    import('../../core/default-core.ts'),
    import('../../core/estimators/kept-ridge.ts'),
    import('../../core/ridge-model.ts'),
    import('../kept-fit.ts'),
  ]);
  const file = requireFile(out);
  if (scoring === 'neg_mean_absolute_error') {
    throw new RidgelineError('USAGE', 'usage', `--scoring: statistics do not give ${scoring}`, {
      remedy: 'choose by r2 or neg_mean_squared_error',
    });
  }
  const core = await defaultCore();
  const grid = alpha === undefined ? [...(alphas ?? core.logspace(-3, 1, 30))] : [alpha];
  const how = { folds: parseCount('--folds', folds), scale, fitIntercept, alphas: grid, scoring };
  const options = { features, ...how, ...(weights !== undefined && { sampleWeight: weights }) };
  const fits = targets.map((target) => new KeptRidge(core, { ...options, target }));
  await appendRows(context, fits, table);
  const models: RidgeModel[] = [];
  for (const kept of fits) {
    const artifact = await writeKept(context, kept, fileOf(file, kept.options.target));
    models.push(new RidgeModel(core, artifact));
  }
  return models;
}

/** Of one of several targets: a `$&` in its name is no pattern. */
const fileOf = (out: string, target: string): string => out.replaceAll('{target}', () => target);

/** Where a model goes that has a file beside it. */
function requireFile(out: string | undefined): string {
  if (out !== undefined && out !== '-') return out;
  throw new RidgelineError('USAGE', 'usage', `--keep-state: expected a file with --out, got ${out ?? 'none'}`, {
    remedy: 'the statistics are kept in a second file beside it: --out model.json',
  });
}

/** The columns to predict; a name with commas in it is one column if there is such a one. */
function chooseTargets(table: Table, { target, out }: Options): readonly string[] {
  const targets = table.columnNames.includes(target) ? [target] : (names(target) ?? []);
  if (targets.length === 1 || out === undefined || out.includes('{target}')) return targets;
  throw new RidgelineError(
    'USAGE',
    'usage',
    `--out: expected a file for each of ${targets.length} targets, got "${out}"`,
    {
      remedy: "say where the target's name goes: --out 'model-{target}.json'",
    },
  );
}

/** Every column but `others` and the index that pandas saved with its rows, which is said to be left out. */
function defaultFeatures({ stderr }: CliContext, table: Table, others: readonly (string | undefined)[]): string[] {
  const rest = table.fields.filter(({ name }) => !others.includes(name));
  const index = rest.filter(({ isIndex }) => isIndex).map(({ name }) => name);
  if (index.length > 0)
    stderr.write(`ridgeline: left out ${index.join(', ')}: the index that pandas saved; --features can name it\n`);
  return rest.filter(({ isIndex }) => !isIndex).map(({ name }) => name);
}

async function split(table: Table, { testSize, seed = '0', id }: Options): Promise<{ train: Table; test?: Table }> {
  if (testSize === undefined) return { train: table };
  const { trainTestSplit } = await import('../../core/train-test-split.ts');
  const [share, number] = [parseNumber(testSize), parseNumber(seed)];
  if (share === undefined || !(share > 0 && share < 1)) {
    throw new RidgelineError('USAGE', 'usage', `--test-size: expected a number between 0 and 1, got "${testSize}"`, {
      remedy: 'give the share of the rows to hold out: --test-size 0.2 is a fifth',
    });
  }
  if (number === undefined) {
    throw new RidgelineError('USAGE', 'usage', `--seed: expected a number, got "${seed}"`, {
      remedy: 'each number holds other rows out, such as --seed 1',
    });
  }
  return trainTestSplit(table, { testSize: share, seed: number, ...(id !== undefined && { by: id }) });
}

function parseCount(option: string, given: string): number {
  const count = parseNumber(given);
  if (count !== undefined && Number.isInteger(count)) return count;
  throw new RidgelineError('USAGE', 'usage', `${option}: expected a whole number, got "${given}"`, {
    remedy: `give the number of folds, such as ${option} 5`,
  });
}

/** The columns named after `onehot:`, besides text columns; undefined without the option. */
function parseCategorical(option: string | undefined): readonly string[] | undefined {
  if (option === undefined) return undefined;
  const [how, columns = ''] = option.split(':', 2);
  if (how === 'onehot') return names(columns) ?? [];
  throw new RidgelineError('USAGE', 'usage', `--categorical: expected onehot or onehot:a,b, got "${option}"`, {
    remedy: 'onehot encodes text columns, onehot:a,b the numbers of a and b too',
  });
}

/** Names with commas between; undefined for none. */
function names(list: string | undefined): readonly string[] | undefined {
  if (list === undefined || list.trim() === '') return undefined;
  return list.split(',').map((name) => name.trim());
}

async function writeModelFile(context: CliContext, model: RidgeModel, out: string): Promise<void> {
  const { writeModel } = await import('../../core/model-write.ts');
  await writeBodyTo(out, writeModel(model.artifact), context);
}

async function chooseAlphas({ alpha, alphas }: Options): Promise<{ alpha?: number; alphas?: Float64Array }> {
  if (alpha !== undefined) {
    const value = parseNumber(alpha);
    if (value !== undefined && value >= 0) return { alpha: value };
    throw new RidgelineError('USAGE', 'usage', `--alpha: expected a number >= 0, got "${alpha}"`, {
      remedy: 'such as --alpha 1; 0 is ordinary least squares',
    });
  }
  if (alphas === undefined) return {};
  const { defaultCore } = await import('../../core/default-core.ts');
  return { alphas: parseAlphas(alphas, await defaultCore()) };
}
