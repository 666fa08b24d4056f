import type { Command } from 'commander';
import type { Evaluation } from '../../core/prediction-errors.ts';
import type { CliContext } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { openData, openModel } from '../open-input.ts';
import { formatCount, formatNumber, painter, printJson } from '../output.ts';
import { modelColumnsRemedy, withRemedy } from '../remedies.ts';
import { givenScaled } from '../scaled-option.ts';

const EXAMPLES = `
Examples:
  ridgeline evaluate model.json held-out.csv
  ridgeline evaluate model.json held-out.csv --json
`;

interface Options {
  readonly scaled?: boolean;
  readonly raw?: boolean;
  readonly dropMissing?: boolean;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<model>', 'model file, store key, models:/Name@alias, or what run printed')
    .argument('<data>', 'CSV or Parquet with the target among its columns')
    .option('--scaled', 'the columns are standardised already')
    .option('--raw', 'the columns are raw, whatever they look like')
    .option('--drop-missing', 'leave out rows with missing values')
    .addHelpText('after', EXAMPLES)
    .action((model: string, data: string, options: Options) => evaluate(context, model, data, options));
}

/** Reads a model and data / Writes nothing / Fails when the data has no target, or is not what the model takes. */
async function evaluate(context: CliContext, modelWord: string, dataWord: string, options: Options): Promise<void> {
  const scaled = givenScaled(options);
  const work = async (): Promise<{ target: string; result: Evaluation }> => {
    const [model, table] = await Promise.all([openModel(context, modelWord), openData(context, dataWord)]);
    const rows = options.dropMissing ? table.dropMissing([...model.inputs(table, scaled), model.target]) : table;
    return { target: model.target, result: await model.evaluate(rows, scaled) };
  };
  const { target, result } = await withRemedy(modelColumnsRemedy, () => interruptible(context.signal, work));
  if (context.json) return printJson(context, result);
  const paint = painter(context, context.stdout);
  const figures = [
    ['R2', result.r2],
    ['RMSE', result.rmse],
    ['mean absolute error', result.mae],
    ['largest error', result.maxError],
  ] as const;
  const lines = figures.map(([name, value]) => `  ${name.padEnd(20)} ${formatNumber(value)}`);
  context.stdout.write(
    `${paint('bold', `${target} in ${dataWord}`)}, ${formatCount(result.n)} rows\n${lines.join('\n')}\n`,
  );
}
