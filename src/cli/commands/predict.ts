import { Option } from 'commander';
import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Table } from '../../contracts/table.ts';
import type { IntervalMethod } from '../../core/interval-predict.ts';
import type { RidgeModel } from '../../core/ridge-model.ts';
import { parseNumber } from '../alphas.ts';
import type { CliContext } from '../context.ts';
import { withKernelThreads } from '../kernel-threads.ts';
import { kindsOf } from '../memory.ts';
import { openData, openModel } from '../open-input.ts';
import { formatCount, printJson } from '../output.ts';
import { modelColumnsRemedy, withRemedy } from '../remedies.ts';
import { givenScaled } from '../scaled-option.ts';
import { checkOut, refuseBoth, writeTableTo } from '../table-output.ts';

const EXAMPLES = `
MODEL is a file, a key of the store, what \`ridgeline run\` printed, or a registered model: models:/Name@alias, models:/Name/3.
DATA is CSV or Parquet: a path, s3://bucket/key, a key of the store, or - for standard input that is a file. Its columns are raw:
the model brings its own transformers. A Parquet table that came through the very same ones is known and is not transformed again; for a CSV say
--scaled.

With --interval 0.9 columns preds_lower and preds_upper hold the truth about 9 times in 10, for rows like those fitted on. The
model must come from fit --intervals. jackknife+ holds at least 2 x 0.9 - 1 = 80 % whatever the distribution, for an alpha and
a standardisation that do not depend on the rows; here both were chosen on them, so that is near the truth, and no promise.
jackknife promises nothing: it is too narrow where there are hardly more rows than columns.

--memory bounds the whole process as for fit, of all columns; Parquet that is written takes 0.5 MB x columns besides, and as
much again for each kernel thread.

Examples:
  ridgeline predict model.json new.csv --out predicted.csv
  ridgeline predict model.json new.parquet --as price | head
  ridgeline predict models:/Reg_RidgeCV_possums@staging new.csv
  ridgeline predict model.json new.csv --interval 0.9 --out predicted.csv
`;

interface Options {
  readonly out: string;
  readonly as: string;
  readonly scaled?: boolean;
  readonly raw?: boolean;
  readonly dropMissing?: boolean;
  readonly interval?: string;
  readonly intervalMethod?: IntervalMethod;
  readonly memory?: string;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<model>', 'model file, store key, models:/Name@alias, or what run printed')
    .argument('<data>', 'CSV or Parquet')
    .option('--out <file>', 'FILE.csv or FILE.parquet, or - for CSV on standard output', '-')
    .option('--as <name>', 'name of the new column', 'preds')
    .option('--scaled', 'the columns are standardised already')
    .option('--raw', 'the columns are raw, whatever they look like')
    .option('--drop-missing', 'leave out rows with missing values')
    .option('--interval <level>', 'add columns with a prediction interval of this level, such as 0.9')
    .addOption(
      new Option('--interval-method <method>', 'default: jackknife+ where the model has it').choices([
        'jackknife+',
        'jackknife',
      ]),
    )
    .option('--memory <size>', 'most memory the process may take, such as 200MB (RIDGELINE_MEMORY)')
    .addHelpText('after', EXAMPLES)
    .action((model: string, data: string, options: Options) =>
      withRemedy(modelColumnsRemedy, () => predict(context, model, data, options)),
    );
}

/** Reads a model and data / Writes the data's columns and the predictions / Fails before anything is written. */
async function predict(context: CliContext, modelWord: string, dataWord: string, options: Options): Promise<void> {
  const { out, as } = options;
  refuseBoth(context, out, 'predict', 'CSV');
  const level = parseLevel(options);
  await checkOut(out, context, { data: dataWord, model: modelWord });
  const [model, table] = await Promise.all([openModel(context, modelWord), openData(context, dataWord)]);
  const rows = options.dropMissing ? table.dropMissing(model.inputs(table, givenScaled(options))) : table;
  const scaled = givenScaled(options);
  if (rows.columnNames.includes(as)) await checkFirstRows(model, rows, scaled);
  const intervals = level === undefined ? undefined : model.intervals(level, options.intervalMethod);
  const method = intervals && { interval: level!, intervalMethod: intervals.method };
  const predicted = model.predict(rows, { as, ...scaled, ...method });
  const encoded = predicted.fields.filter(
    ({ name, type }) => type === 'Utf8' && model.inputs(rows).includes(name),
  ).length;
  const written = await withKernelThreads(context, budgetOf(options, predicted, encoded), () =>
    writeTableTo(out, predicted, context),
  );
  if (context.json) printJson(context, { out, rows: written, as, ...method });
  else if (out !== '-') {
    const within = method ? ` and its ${method.interval} interval (${method.intervalMethod})` : '';
    context.stderr.write(`${formatCount(written)} rows with "${as}"${within} written to ${out}\n`);
  }
}

function budgetOf({ memory, out }: Options, { fields }: Table, encoded: number) {
  const columns = fields.length;
  const toCsv = !out.endsWith('.parquet');
  return {
    memory,
    shape: { columns, ...kindsOf(fields), encoded, textToCsv: toCsv, written: toCsv ? 0 : columns, keptBytes: 0 },
  };
}

/**
 * Predicts the first rows for nothing. A file of predictions has two things wrong with it when it is predicted on again:
 * its columns are standardised, and `preds` is there. The graver is to be said first.
 */
async function checkFirstRows(model: RidgeModel, rows: Table, scaled: { scaled?: boolean }): Promise<void> {
  const name = `${rows.columnNames.join('')}_`; // longer than any name that is there
  for await (const _ of model.predict(rows, { as: name, ...scaled }).batches({ columns: [name] })) return;
}

function parseLevel({ interval, intervalMethod }: Options): number | undefined {
  if (interval === undefined) {
    if (intervalMethod === undefined) return undefined;
    throw new RidgelineError('USAGE', 'usage', '--interval-method: expected --interval with it, got none', {
      remedy: 'say the level: --interval 0.9',
    });
  }
  const level = parseNumber(interval);
  if (level !== undefined && level > 0 && level < 1) return level;
  throw new RidgelineError('USAGE', 'usage', `--interval: expected a level between 0 and 1, got "${interval}"`, {
    remedy: 'give the share of the truth it is to hold, such as 0.9',
  });
}
