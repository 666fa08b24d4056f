import type { StandardScalerState } from '../contracts/model.ts';
import type { Scaling } from './core.ts';

/** What a scaler's state does to these columns: 0 and 1, which change no bit, for those it does not know. */
export function scalingOf(state: StandardScalerState, columns: readonly string[]): Scaling {
  const pick = (values: readonly number[] | undefined, none: number): Float64Array | undefined =>
    values &&
    Float64Array.from(columns, (column) => {
      const index = state.columns.indexOf(column);
      return index < 0 ? none : values[index]!;
    });
  return { mean: pick(state.mean, 0), scale: pick(state.scale, 1) };
}
