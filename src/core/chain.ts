import { RidgelineError } from '../contracts/errors.ts';
import type { StandardScalerState, TransformerState } from '../contracts/model.ts';

/**
 * The part of a chain that made these columns: transformers of other columns are left out, and a scaler keeps only what
 * it did to these. So a model of three columns asks for three raw columns, whatever else was scaled beside them.
 */
export function restrictChain(chain: readonly TransformerState[], columns: readonly string[]): TransformerState[] {
  const wanted = new Set(columns);
  return chain.map((step) => restrictScaler(step, wanted)).filter((step) => step.columns.length > 0);
}

function restrictScaler(state: StandardScalerState, wanted: ReadonlySet<string>): StandardScalerState {
  if (state.columns.every((column) => wanted.has(column))) return state;
  const kept = state.columns.flatMap((column, index) => (wanted.has(column) ? [index] : []));
  const pick = <T>(values: readonly T[]): T[] => kept.map((index) => values[index]!);
  return {
    type: 'StandardScaler',
    columns: pick(state.columns),
    nSamplesSeen: pick(state.nSamplesSeen),
    ...(state.mean && { mean: pick(state.mean) }),
    ...(state.var && { var: pick(state.var) }),
    ...(state.scale && { scale: pick(state.scale) }),
  };
}

/**
 * Whether the model's chain is still to be applied to a table: yes to raw columns, no to columns that came through the
 * very same transformers (R19).
 *
 * @param model chain of the model, restricted to its features
 * @param table chain of the table
 * @throws {RidgelineError} CHAIN_MISMATCH for any other chain, naming the transformer, the column and what differs
 */
export function needsChain(
  model: readonly TransformerState[],
  table: readonly TransformerState[],
  features: readonly string[],
  name: string,
): boolean {
  const own = restrictChain(table, features);
  if (own.length === 0) return model.length > 0;
  const difference = firstDifference(model, own);
  if (difference === undefined) return false;
  throw new RidgelineError('CHAIN_MISMATCH', 'content', `${name}: ${difference}`, {
    remedy: 'give the raw columns, or the table the model was trained on: its transformers travel with it',
  });
}

/** Whether two transformers do the same to the last bit. */
export function sameTransformer(a: TransformerState, b: TransformerState): boolean {
  return scalerDifference(a, b) === undefined;
}

/** What first tells two chains apart, in words; undefined when they are the same to the last bit. */
function firstDifference(model: readonly TransformerState[], table: readonly TransformerState[]): string | undefined {
  for (let index = 0; index < table.length; index += 1) {
    const theirs = table[index]!;
    const ours = model[index];
    if (ours === undefined) {
      const before = model.length === 0 ? 'the model was fitted on raw columns' : 'the model has no such step';
      return `its columns came through ${describe(theirs)}, ${before}`;
    }
    const difference = scalerDifference(ours, theirs);
    if (difference !== undefined) return difference;
  }
  const missing = model[table.length];
  return (
    missing && `its columns came through a part of the model's transformers only, and not through ${describe(missing)}`
  );
}

function scalerDifference(ours: StandardScalerState, theirs: StandardScalerState): string | undefined {
  const lacking = ours.columns.find((column) => !theirs.columns.includes(column));
  if (lacking !== undefined) return `column "${lacking}" is raw while others came through ${describe(theirs)}`;
  for (const [position, column] of theirs.columns.entries()) {
    const own = ours.columns.indexOf(column);
    if (own < 0) return `column "${column}" came through ${describe(theirs)}, the model was fitted on it raw`;
    for (const key of ['mean', 'scale', 'nSamplesSeen'] as const) {
      const [wanted, got] = [ours[key]?.[own], theirs[key]?.[position]];
      if (Object.is(wanted, got)) continue;
      const what = key === 'nSamplesSeen' ? 'rows' : key;
      return (
        `column "${column}" was standardised by another StandardScaler than the model's: ` +
        `expected ${what} ${wanted ?? 'none'}, got ${got ?? 'none'}`
      );
    }
  }
  return undefined;
}

function describe(state: TransformerState): string {
  const [first, ...more] = state.columns;
  const columns = more.length === 0 ? `"${first}"` : `"${first}" and ${more.length} more`;
  return `a ${state.type} (${columns}, fitted on ${state.nSamplesSeen[0]} rows)`;
}
