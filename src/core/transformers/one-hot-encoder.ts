import { RidgelineError } from '../../contracts/errors.ts';
import type { Batch } from '../../contracts/table.ts';
import type { OneHotEncoderState } from '../../contracts/transformer.ts';
import { positions } from './kind.ts';
import type { Input, TransformerKind } from './kind.ts';

type Categories = OneHotEncoderState['categories'][number];

export const oneHotEncoder: TransformerKind<OneHotEncoderState> = {
  /** A column is kept with all its categories when one of them is wanted: the others are known, not unknown. */
  restrict(state, columns) {
    const wanted = new Set(state.columns.filter((_, j) => namesOf(state, j).some((name) => columns.has(name))));
    const kept = positions(state.columns, wanted);
    if (kept.length === 0) return undefined;
    return {
      ...state,
      columns: kept.map((index) => state.columns[index]!),
      categories: kept.map((index) => state.categories[index]!),
    };
  },

  inputs(state, columns) {
    const made = new Set(encodedNames(state));
    const passing = columns.filter((name) => !made.has(name)).map((name) => input(name, false));
    return [...passing, ...state.columns.map((name, j) => input(name, holdsText(state.categories[j]!)))];
  },

  /** As pandas' get_dummies: the other columns in their order, then the new ones. */
  fields: (state, before) => [
    ...before.filter(({ name }) => !state.columns.includes(name)),
    ...encodedNames(state).map((name) => ({ name, type: 'Float64', nullable: false })),
  ],

  apply: (_, state, batch) =>
    Object.assign({}, ...state.columns.map((_, j) => encodeColumn(state, j, batch))) as Encoded,

  difference(ours, theirs) {
    for (const [position, column] of theirs.columns.entries()) {
      const own = ours.columns.indexOf(column);
      const [wanted, got] = [ours.categories[own], theirs.categories[position]].map((each) => JSON.stringify(each));
      if (wanted !== got || ours.dummyNa !== theirs.dummyNa) {
        return `column "${column}" was encoded by another OneHotEncoder than the model's: expected categories ${wanted}, got ${got}`;
      }
    }
    return undefined;
  },

  read(fields) {
    const columns = fields.texts('columns');
    const categories = fields.lists('categories', columns.length).map((list, j) => {
      if (list.every((each) => typeof each === 'string') || list.every((each) => typeof each === 'number')) {
        return list as Categories;
      }
      throw fields.wrong(`categories[${j}]`, 'all texts or all numbers', list);
    });
    const handleUnknown = fields.oneOf('handleUnknown', ['error', 'ignore']);
    return { type: 'OneHotEncoder', columns, categories, handleUnknown, dummyNa: fields.flag('dummyNa') };
  },
};

type Encoded = Readonly<Record<string, Float64Array>>;

/** Names of all columns it makes, in order. */
export function encodedNames(state: OneHotEncoderState): string[] {
  return state.columns.flatMap((_, j) => namesOf(state, j));
}

function namesOf({ columns, categories, dummyNa }: OneHotEncoderState, j: number): string[] {
  const names = categories[j]!.map((category) => `${columns[j]}_${category}`);
  return dummyNa ? [...names, `${columns[j]}_nan`] : names;
}

function encodeColumn(state: OneHotEncoderState, j: number, batch: Batch): Encoded {
  const column = state.columns[j]!;
  const categories = state.categories[j]!;
  const values = holdsText(categories) ? batch.utf8(column) : batch.float64(column);
  const index = new Map<string | number, number>(categories.map((category, k) => [category, k]));
  const made = namesOf(state, j).map((name) => [name, new Float64Array(batch.numRows)] as const);
  for (let row = 0; row < batch.numRows; row += 1) {
    const value = values[row] ?? null;
    const isMissing = value === null || Number.isNaN(value);
    const target = isMissing ? (state.dummyNa ? categories.length : undefined) : index.get(value);
    if (target !== undefined) made[target]![1][row] = 1;
    else if (!isMissing && state.handleUnknown === 'error')
      throw unknownCategory(column, value, batch.rowOffset + row + 1);
  }
  return Object.fromEntries(made);
}

function input(name: string, isText: boolean): Input {
  return { name, holds: isText ? 'text' : 'numbers' };
}

function holdsText(categories: Categories): boolean {
  return typeof categories[0] === 'string';
}

function unknownCategory(column: string, value: string | number, row: number): RidgelineError {
  return new RidgelineError(
    'UNKNOWN_CATEGORY',
    'content',
    `column "${column}" must hold a category seen in fitting, got ${JSON.stringify(value)} at row ${row}`,
    {
      remedy:
        "correct the value, or fit with --unknown ignore (in code: handleUnknown: 'ignore'), which makes it 0 in every column",
      position: { column, row },
    },
  );
}
