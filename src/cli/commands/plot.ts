import { extname } from 'node:path';
import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { PlotOptions } from '../../tracking/plot/index.ts';
import type { CliContext } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { openData, openModel } from '../open-input.ts';
import { formatCount, printJson } from '../output.ts';
import { modelColumnsRemedy, withRemedy } from '../remedies.ts';
import { givenScaled } from '../scaled-option.ts';
import { checkOut, refuseBoth, writeBodyTo } from '../table-output.ts';

const EXAMPLES = `
Examples:
  ridgeline plot model.json held-out.csv --out predictions.png
  ridgeline plot model.json --out alphas.svg             the leave-one-out error by alpha
  ridgeline plot models:/Reg_RidgeCV_possums@staging data.csv > predictions.svg
`;

interface Options {
  readonly out: string;
  readonly title?: string;
  readonly scaled?: boolean;
  readonly raw?: boolean;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<model>', 'model file, store key, models:/Name@alias, or what run printed')
    .argument(
      '[data]',
      'CSV or Parquet with the target: predicted against true, of rows without gaps; absent: the error by alpha',
    )
    .option('-o, --out <file>', 'ending in .svg or .png; - is SVG on standard output', '-')
    .option('--title <text>', 'what stands above')
    .option('--scaled', 'the columns are standardised already')
    .option('--raw', 'the columns are raw, whatever they look like')
    .addHelpText('after', EXAMPLES)
    .action((model: string, data: string | undefined, options: Options) => plot(context, model, data, options));
}

/** Reads a model and data / Writes a picture / Fails as evaluate does, or when the model was fitted with one alpha. */
async function plot(
  context: CliContext,
  modelWord: string,
  dataWord: string | undefined,
  options: Options,
): Promise<void> {
  const { out, title } = options;
  const onThinned = (drawn: number, all: number): unknown =>
    context.stderr.write(
      `ridgeline: ${formatCount(drawn)} of ${formatCount(all)} points are drawn, at even distances\n`,
    );
  const settings: PlotOptions = { format: formatOf(out), onThinned, ...(title !== undefined && { title }) };
  refuseBoth(context, out, 'plot', 'the picture');
  await checkOut(out, context, { data: dataWord, model: modelWord });
  const scaled = givenScaled(options);
  const bytes = await withRemedy(modelColumnsRemedy, () =>
    interruptible(context.signal, () => draw(context, modelWord, dataWord, { ...settings, scaled })),
  );
  await writeBodyTo(out, bytes, context);
  if (context.json) printJson(context, { out, sizeBytes: bytes.length });
}

async function draw(
  context: CliContext,
  modelWord: string,
  dataWord: string | undefined,
  { scaled, ...settings }: PlotOptions & { readonly scaled: { scaled?: boolean } },
): Promise<Uint8Array> {
  const model = await openModel(context, modelWord);
  const { plotAlphas, plotPredictions } = await import('../../tracking/plot/index.ts');
  if (dataWord === undefined) return plotAlphas(model, settings);
  const table = await openData(context, dataWord);
  // Rows that the model can predict: its imputer fills what is missing, and its encoder has no need of it.
  const filled = model.artifact.chain.flatMap((step) => (step.type === 'StandardScaler' ? [] : step.columns));
  const needed = model.inputs(table, scaled).filter((name) => !filled.includes(name));
  const complete = table.dropMissing([...needed, model.target]);
  const as = 'predicted value';
  const predicted = model.predict(complete, { as, ...scaled });
  return plotPredictions(predicted, { truth: model.target, predicted: as, model, ...settings });
}

function formatOf(out: string): 'svg' | 'png' {
  const extension = extname(out).toLowerCase();
  if (out === '-' || extension === '.svg') return 'svg';
  if (extension === '.png') return 'png';
  throw new RidgelineError('USAGE', 'usage', `--out: expected a file ending in .svg or .png, got "${out}"`, {
    remedy: 'give it one of these endings, or use --out - for SVG on standard output',
  });
}
