import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Table } from '../../contracts/table.ts';
import type { RidgeModel } from '../../core/ridge-model.ts';
import type { CliContext } from '../context.ts';
import { openData, openModel } from '../open-input.ts';
import { formatCount, printJson } from '../output.ts';
import { givenScaled } from '../scaled-option.ts';
import { writeTableTo } from '../table-output.ts';

const EXAMPLES = `
MODEL is a file, a key of the store, or what \`ridgeline run\` printed. DATA is CSV or Parquet: a path, s3://bucket/key, or
a key of the store. Its columns are raw: the model brings its own transformers. A Parquet table that came through the very
same ones is known and is not transformed again; for a CSV say --scaled.

Examples:
  ridgeline predict model.json new.csv --out predicted.csv
  ridgeline predict model.json new.parquet --as price | head
`;

interface Options {
  readonly out: string;
  readonly as: string;
  readonly scaled?: boolean;
  readonly raw?: boolean;
  readonly dropMissing?: boolean;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<model>', 'model file, store key, or what run printed')
    .argument('<data>', 'CSV or Parquet')
    .option('--out <file>', 'FILE.csv or FILE.parquet, or - for CSV on standard output', '-')
    .option('--as <name>', 'name of the new column', 'preds')
    .option('--scaled', 'the columns are standardised already')
    .option('--raw', 'the columns are raw, whatever they look like')
    .option('--drop-missing', 'leave out rows with missing values')
    .addHelpText('after', EXAMPLES)
    .action((model: string, data: string, options: Options) => predict(context, model, data, options));
}

/** Reads a model and data / Writes the data's columns and the predictions / Fails before anything is written. */
async function predict(context: CliContext, modelWord: string, dataWord: string, options: Options): Promise<void> {
  const { out, as } = options;
  if (context.json && out === '-') {
    throw new RidgelineError('USAGE', 'usage', 'predict: standard output cannot take both CSV and --json', {
      remedy: 'give a file with --out',
    });
  }
  const [model, table] = await Promise.all([openModel(context, modelWord), openData(context, dataWord)]);
  const rows = options.dropMissing ? table.dropMissing(model.inputs(table, givenScaled(options))) : table;
  const scaled = givenScaled(options);
  if (rows.columnNames.includes(as)) await checkFirstRows(model, rows, scaled);
  const predicted = model.predict(rows, { as, ...scaled });
  const written = await writeTableTo(out, predicted, context);
  if (context.json) printJson(context, { out, rows: written, as });
  else if (out !== '-') {
    context.stderr.write(`${formatCount(written)} rows with "${as}" written to ${out}\n`);
  }
}

/**
 * Predicts the first rows for nothing. A file of predictions has two things wrong with it when it is predicted on again:
 * its columns are standardised, and `preds` is there. The graver is to be said first.
 */
async function checkFirstRows(model: RidgeModel, rows: Table, scaled: { scaled?: boolean }): Promise<void> {
  const name = `${rows.columnNames.join('')}_`; // longer than any name that is there
  for await (const _ of model.predict(rows, { as: name, ...scaled }).batches({ columns: [name] })) return;
}
