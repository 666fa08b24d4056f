import type { StandardScalerState } from '../../contracts/transformer.ts';
import type { Scaling } from '../core.ts';
import { positions } from './kind.ts';
import type { TransformerKind } from './kind.ts';

export const standardScaler: TransformerKind<StandardScalerState> = {
  restrict(state, columns) {
    const kept = positions(state.columns, columns);
    if (kept.length === 0) return undefined;
    const pick = <T>(values: readonly T[]): T[] => kept.map((index) => values[index]!);
    return {
      type: 'StandardScaler',
      columns: pick(state.columns),
      nSamplesSeen: pick(state.nSamplesSeen),
      ...(state.mean && { mean: pick(state.mean) }),
      ...(state.var && { var: pick(state.var) }),
      ...(state.scale && { scale: pick(state.scale) }),
    };
  },

  inputs: (_, columns) => columns.map((name) => ({ name, holds: 'numbers' })),

  fields: ({ columns }, before) =>
    before.map((field) =>
      columns.includes(field.name) ? { name: field.name, type: 'Float64', nullable: field.nullable } : field,
    ),

  apply(core, state, batch) {
    const { columns } = state;
    const scaled = core.transform(
      columns.map((name) => batch.float64(name)),
      scalingOf(state, columns),
    );
    return Object.fromEntries(columns.map((name, j) => [name, scaled[j]!]));
  },

  difference(ours, theirs) {
    for (const [position, column] of theirs.columns.entries()) {
      const own = ours.columns.indexOf(column);
      for (const key of ['mean', 'scale', 'nSamplesSeen'] as const) {
        const [wanted, got] = [ours[key]?.[own], theirs[key]?.[position]];
        if (wanted === got) continue;
        const what = key === 'nSamplesSeen' ? 'rows' : key;
        return (
          `column "${column}" was standardised by another StandardScaler than the model's: ` +
          `expected ${what} ${wanted ?? 'none'}, got ${got ?? 'none'}`
        );
      }
    }
    return undefined;
  },

  read(fields) {
    const columns = fields.texts('columns');
    const p = columns.length;
    const state: StandardScalerState = {
      type: 'StandardScaler',
      columns,
      nSamplesSeen: fields.numbers('nSamplesSeen', p),
      ...(fields.has('mean') && { mean: fields.numbers('mean', p) }),
      ...(fields.has('var') && { var: fields.numbers('var', p) }),
      ...(fields.has('scale') && { scale: fields.numbers('scale', p) }),
    };
    const zero = state.scale?.findIndex((scale) => !(scale > 0)) ?? -1;
    if (zero >= 0) throw fields.wrong(`scale[${zero}]`, 'a positive number', state.scale?.[zero]);
    return state;
  },
};

/** What a scaler does to these columns: 0 and 1, which change no bit, for those it does not know. */
export function scalingOf(state: StandardScalerState, columns: readonly string[]): Scaling {
  const pick = (values: readonly number[] | undefined, none: number): Float64Array | undefined =>
    values &&
    Float64Array.from(columns, (column) => {
      const index = state.columns.indexOf(column);
      return index < 0 ? none : values[index]!;
    });
  return { mean: pick(state.mean, 0), scale: pick(state.scale, 1) };
}
