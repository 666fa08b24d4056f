import { RidgelineError } from '../contracts/errors.ts';
import type { TransformerState } from '../contracts/transformer.ts';
import { kindOf } from './transformers/index.ts';
import type { Input } from './transformers/index.ts';

/**
 * The part of a chain that made these columns: transformers of other columns are left out, and one of several columns
 * keeps only what it did for these. So a model of three columns asks for three raw columns, whatever else was scaled
 * beside them.
 */
export function restrictChain(chain: readonly TransformerState[], columns: readonly string[]): TransformerState[] {
  let wanted: readonly string[] = columns;
  return chain
    .toReversed()
    .flatMap((step) => {
      const state = kindOf(step).restrict(step, new Set(wanted));
      if (state === undefined) return [];
      wanted = kindOf(state)
        .inputs(state, wanted)
        .map(({ name }) => name);
      return [state];
    })
    .toReversed();
}

/** The raw columns that go into a restricted chain, so that these come out of it. */
export function chainInputs(chain: readonly TransformerState[], columns: readonly string[]): readonly Input[] {
  let inputs: readonly Input[] = columns.map((name) => ({ name, holds: 'numbers' }));
  for (const state of chain.toReversed()) {
    const text = inputs.filter(({ holds }) => holds === 'text');
    const numbers = inputs.filter(({ holds }) => holds === 'numbers').map(({ name }) => name);
    inputs = [...kindOf(state).inputs(state, numbers), ...text];
  }
  return inputs;
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
  const raw = chainInputs(model, features).map((input) => input.name);
  const own = restrictChain(table, [...new Set([...features, ...raw])]);
  if (own.length === 0) return model.length > 0;
  const difference = firstDifference(model, own);
  if (difference === undefined) return false;
  throw new RidgelineError('CHAIN_MISMATCH', 'content', `${name}: ${difference}`, {
    remedy: 'give the raw columns, or the table the model was trained on: its transformers travel with it',
  });
}

/** Whether two transformers do the same to the last bit. */
export function sameTransformer(a: TransformerState, b: TransformerState): boolean {
  return difference(a, b) === undefined;
}

/** What first tells two chains apart, in words; undefined when they are the same to the last bit. */
function firstDifference(model: readonly TransformerState[], table: readonly TransformerState[]): string | undefined {
  for (const [index, theirs] of table.entries()) {
    const ours = model[index];
    if (ours === undefined) {
      const before = model.length === 0 ? 'the model was fitted on raw columns' : 'the model has no such step';
      return `its columns came through ${describe(theirs)}, ${before}`;
    }
    const found = difference(ours, theirs);
    if (found !== undefined) return found;
  }
  const missing = model[table.length];
  return (
    missing && `its columns came through a part of the model's transformers only, and not through ${describe(missing)}`
  );
}

function difference(ours: TransformerState, theirs: TransformerState): string | undefined {
  if (ours.type !== theirs.type)
    return `its columns came through ${describe(theirs)}, the model's through ${describe(ours)}`;
  const lacking = ours.columns.find((column) => !theirs.columns.includes(column));
  if (lacking !== undefined) return `column "${lacking}" is raw while others came through ${describe(theirs)}`;
  const extra = theirs.columns.find((column) => !ours.columns.includes(column));
  if (extra !== undefined) return `column "${extra}" came through ${describe(theirs)}, the model was fitted on it raw`;
  return kindOf(ours).difference(ours, theirs);
}

function describe(state: TransformerState): string {
  const [first, ...more] = state.columns;
  const columns = more.length === 0 ? `"${first}"` : `"${first}" and ${more.length} more`;
  const rows = state.type === 'StandardScaler' ? `, fitted on ${state.nSamplesSeen[0]} rows` : '';
  return `a ${state.type} (${columns}${rows})`;
}
