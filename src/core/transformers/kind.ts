import type { Batch, Field } from '../../contracts/table.ts';
import type { Core } from '../core.ts';
import type { JsonFields } from '../json-fields.ts';

/** What is known of one type of transformer; the same five questions for each. */
export interface TransformerKind<State> {
  /** The part of it that makes some of these columns; undefined when it makes none of them. */
  restrict(state: State, columns: ReadonlySet<string>): State | undefined;
  /** The columns a restricted one must be given, so that these come out. */
  inputs(state: State, columns: readonly string[]): readonly Input[];
  /** Fields of a table after it. */
  fields(state: State, before: readonly Field[]): readonly Field[];
  /** The columns it makes or replaces, for a batch that has its inputs. @throws {RidgelineError} UNKNOWN_CATEGORY */
  apply(core: Core, state: State, batch: Batch): Readonly<Record<string, Float64Array>>;
  /** What tells two of them apart, in words; undefined when they do the same to the last bit. */
  difference(ours: State, theirs: State): string | undefined;
  /** From JSON. @throws what `fields` throws */
  read(fields: JsonFields): State;
}

/** A column that has to be there, and what it must hold. */
export interface Input {
  readonly name: string;
  readonly holds: 'numbers' | 'text';
}

/** Index of a column in a list that has it. */
export function positions(columns: readonly string[], wanted: ReadonlySet<string>): number[] {
  return columns.flatMap((column, index) => (wanted.has(column) ? [index] : []));
}
