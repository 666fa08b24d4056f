import type { FittedModel } from '../../contracts/model.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Table } from '../../contracts/table.ts';
import { MOST_POINTS } from './points.ts';

export interface PlotOptions {
  readonly title?: string;
  /** SVG (default) is text that scales; PNG is for where that cannot be shown. */
  readonly format?: 'svg' | 'png';
  /** Told when there are more points than are drawn, as the picture says too. */
  readonly onThinned?: (drawn: number, all: number) => void;
}

export interface PredictionPlotOptions extends PlotOptions {
  /** Column of the true values. */
  readonly truth: string;
  /** Column of the predictions, default `preds`. */
  readonly predicted?: string;
  /** How axes name the target, with its unit; default the column's name. */
  readonly target?: string;
  /** The model behind the predictions: its leave-one-out error gives the band around the line. */
  readonly model?: FittedModel;
}

/**
 * A picture of predicted against true values, as bytes that a task can return and export. Rows that lack either are left
 * out; of more than 10,000 so many are drawn, at even distances.
 *
 * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC; NO_ROWS when no row has both values.
 */
export async function plotPredictions(table: Table, options: PredictionPlotOptions): Promise<Uint8Array> {
  const { truth, predicted = 'preds', target = truth, model, title = `Predicted against true ${target}` } = options;
  const [all, guesses] = [await table.column(truth), await table.column(predicted)];
  const isWhole = (_: number, i: number): boolean => Number.isFinite(all[i]) && Number.isFinite(guesses[i]);
  const [truths, predictions] = [all.filter(isWhole), guesses.filter(isWhole)];
  if (truths.length === 0) {
    throw new RidgelineError('NO_ROWS', 'content', `${table.name}: no row has both ${truth} and ${predicted}`, {
      remedy: 'plot the table that was predicted on',
    });
  }
  const { alphas = [], alpha, mse = [] } = model?.artifact ?? {};
  const { drawPredictions } = await import('./prediction-plot.ts');
  const squared = alpha === undefined ? undefined : mse[alphas.indexOf(alpha)];
  const spread = squared === undefined ? undefined : Math.sqrt(squared);
  tellThinned(truths.length, options);
  return inFormat(
    drawPredictions(truths, predictions, { title, target, ...(spread !== undefined && { spread }) }),
    options,
  );
}

/**
 * A picture of the leave-one-out error of every alpha that a model was chosen from.
 *
 * @throws {RidgelineError} NO_SWEEP for a model that was fitted with one alpha.
 */
export async function plotAlphas(model: FittedModel, options: PlotOptions = {}): Promise<Uint8Array> {
  const { drawAlphas } = await import('./alpha-plot.ts');
  const { artifact } = model;
  const svg = drawAlphas(artifact, options.title ?? `Ridge regression of ${artifact.target} by alpha`);
  if (svg !== undefined) {
    tellThinned(artifact.alphas.length, options);
    return inFormat(svg, options);
  }
  throw new RidgelineError('NO_SWEEP', 'usage', 'plot: the model was fitted with one alpha, so there is no curve', {
    remedy: 'fit it over several, as in --alphas "logspace(-3,1,30)"',
  });
}

function tellThinned(all: number, { onThinned }: PlotOptions): void {
  if (all > MOST_POINTS) onThinned?.(MOST_POINTS, all);
}

async function inFormat(svg: string, { format = 'svg' }: PlotOptions): Promise<Uint8Array> {
  return format === 'svg' ? new TextEncoder().encode(svg) : (await import('./png.ts')).toPng(svg);
}
