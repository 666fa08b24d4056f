import { RidgelineError } from '../../contracts/errors.ts';
import type { Table } from '../../contracts/table.ts';
import type { TransformerState } from '../../contracts/transformer.ts';
import type { Core } from '../core.ts';
import { kindOf } from '../transformers/index.ts';
import { requireColumns, requireInputs } from './columns.ts';
import { explainRow } from './explain-row.ts';

/** A transformer that has seen its data. */
export class FittedTransformer<State extends TransformerState> {
  readonly state: State;
  protected readonly core: Core;

  constructor(core: Core, state: State) {
    this.core = core;
    this.state = state;
  }

  /**
   * The table with its columns transformed; lazy. It remembers this transformer, and so do models fitted on it.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC, NOT_TEXT, COLUMN_EXISTS
   */
  transform(table: Table): Table {
    const { core, state } = this;
    const kind = kindOf(state);
    requireColumns(table, state.columns);
    requireInputs(table, kind.inputs(state, []));
    const fields = kind.fields(state, table.fields);
    const names = fields.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      throw new RidgelineError('COLUMN_EXISTS', 'content', `${table.name}: has a column "${twice}" already`, {
        remedy: `rename it: ${state.type} makes a column of that name`,
        position: { file: table.name, column: twice },
      });
    }
    return table.derive({
      fields,
      requires: state.columns,
      chain: [...table.chain, state],
      recipe: { kind: 'transform', value: state },
      apply: (batch) => {
        try {
          return batch.assign(kind.apply(core, state, batch));
        } catch (error) {
          throw explainRow(error, table);
        }
      },
    });
  }
}
