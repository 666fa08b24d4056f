import type { SimpleImputerState } from '../../contracts/transformer.ts';
import { positions } from './kind.ts';
import type { TransformerKind } from './kind.ts';

export const simpleImputer: TransformerKind<SimpleImputerState> = {
  restrict(state, columns) {
    const kept = positions(state.columns, columns);
    if (kept.length === 0) return undefined;
    return {
      ...state,
      columns: kept.map((index) => state.columns[index]!),
      fill: kept.map((index) => state.fill[index]!),
    };
  },

  inputs: (_, columns) => columns.map((name) => ({ name, holds: 'numbers' })),

  fields: ({ columns }, before) =>
    before.map((field) =>
      columns.includes(field.name) ? { name: field.name, type: 'Float64', nullable: false } : field,
    ),

  apply: (_, { columns, fill }, batch) =>
    Object.fromEntries(
      columns.map((name, j) => [name, batch.float64(name).map((value) => (Number.isNaN(value) ? fill[j]! : value))]),
    ),

  difference(ours, theirs) {
    for (const [position, column] of theirs.columns.entries()) {
      const wanted = ours.fill[ours.columns.indexOf(column)];
      const got = theirs.fill[position];
      if (wanted !== got) {
        return `missing values of column "${column}" were filled with another value than the model's: expected ${wanted ?? 'none'}, got ${got}`;
      }
    }
    return undefined;
  },

  read(fields) {
    const columns = fields.texts('columns');
    return {
      type: 'SimpleImputer',
      columns,
      strategy: fields.oneOf('strategy', ['mean', 'median']),
      fill: fields.numbers('fill', columns.length),
    };
  },
};
