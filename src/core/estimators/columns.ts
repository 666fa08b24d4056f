import { RidgelineError } from '../../contracts/errors.ts';
import { isNumeric, isTable } from '../../contracts/table.ts';
import type { Field, Table } from '../../contracts/table.ts';
import { told } from '../array-input.ts';
import type { Input } from '../transformers/index.ts';

/** What there is to say of a column that an estimator can learn nothing from. */
export function allMissing(table: Table, column: string): RidgelineError {
  return contentError('ALL_MISSING', table, `column "${column}" has no value at all`, 'leave the column out', column);
}

/** Text as Arrow has it, plain or dictionary-encoded. */
export function isText(field: Field): boolean {
  return /Utf8/.test(field.type);
}

/**
 * The columns an estimator works on: those named, or every column of the table but those of `except`.
 *
 * @throws {RidgelineError} UNKNOWN_COLUMN, DUPLICATE_COLUMN, NOT_NUMERIC (a text column is never left out silently: it may
 *   be a column of numbers with one slip in it), NO_COLUMNS
 */
export function chooseColumns(
  table: Table,
  named: readonly string[] | undefined,
  except: readonly string[] = [],
): readonly string[] {
  requireTable(table);
  if (named !== undefined && named !== null && !Array.isArray(named)) {
    const what = `expected columns as an array of names, got ${told(named)}`;
    throw new RidgelineError('BAD_ARGUMENT', 'usage', `${table.name}: ${what}`);
  }
  const columns = named ?? table.columnNames.filter((name) => !except.includes(name));
  if (columns.length === 0)
    throw contentError('NO_COLUMNS', table, 'expected at least one column to work on, got none');
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) {
    throw contentError('DUPLICATE_COLUMN', table, `column "${twice}" is named twice`, 'name each column once', twice);
  }
  requireColumns(table, columns);
  requireNumeric(table, columns);
  return columns;
}

/** @throws {RidgelineError} NOT_A_TABLE for what plain JavaScript may hand over in place of one */
export function requireTable(table: unknown): void {
  if (isTable(table)) return;
  throw new RidgelineError('NOT_A_TABLE', 'usage', `expected a table, got ${told(table)}`, {
    remedy: 'make one: tableFromColumns({ a, b, y }), or await openPath("data.csv"); arrays go to ridgeline/core',
  });
}

/** @throws {RidgelineError} UNKNOWN_COLUMN naming all that are missing, and what there is. */
export function requireColumns(table: Table, columns: readonly string[]): void {
  requireTable(table);
  const missing = columns.filter((name) => !table.columnNames.includes(name));
  if (missing.length === 0) return;
  const noun = missing.length === 1 ? 'column' : 'columns';
  throw contentError(
    'UNKNOWN_COLUMN',
    table,
    `no ${noun} ${listNames(missing)}`,
    `its columns are ${listNames(table.columnNames)}`,
    missing[0],
  );
}

/** @throws {RidgelineError} NOT_NUMERIC naming the text columns, and for the first of them the value and its row. */
export function requireNumeric(table: Table, columns: readonly string[]): void {
  const text = table.fields.filter((field) => columns.includes(field.name) && !isNumeric(field));
  const [first] = text;
  if (first === undefined) return;
  const { firstText } = first;
  const got = firstText ? `text ${JSON.stringify(firstText.value.slice(0, 40))} at row ${firstText.row}` : first.type;
  const more = text.length === 1 ? '' : `; so must ${listNames(text.slice(1).map((field) => field.name))}`;
  throw new RidgelineError(
    'NOT_NUMERIC',
    'content',
    `${table.name}: column "${first.name}" must be numeric, got ${got}${more}`,
    {
      remedy:
        'correct the value, choose the numeric columns with --features a,b, or encode text with --categorical onehot',
      position: { file: table.name, column: first.name, ...(firstText && { row: firstText.row }) },
    },
  );
}

/** @throws {RidgelineError} NOT_NUMERIC, NOT_TEXT naming a column that holds something else than is needed */
export function requireInputs(table: Table, inputs: readonly Input[]): void {
  const names = (holds: Input['holds']): string[] =>
    inputs.filter((each) => each.holds === holds).map((each) => each.name);
  requireNumeric(table, names('numbers'));
  const text = names('text');
  const field = table.fields.find((each) => text.includes(each.name) && !isText(each));
  if (field === undefined) return;
  const what = `column "${field.name}" must hold text, as in training, got ${field.type}`;
  throw contentError('NOT_TEXT', table, what, 'give the column as it was when the transformer was fitted', field.name);
}

/** @throws {RidgelineError} COLUMN_EXISTS when a column to be added is there. */
export function requireFree(table: Table, name: string): void {
  requireTable(table);
  if (!table.columnNames.includes(name)) return;
  throw contentError(
    'COLUMN_EXISTS',
    table,
    `has a column "${name}" already, and nothing is overwritten`,
    'choose another name: --as NAME (in code: { as: name })',
    name,
  );
}

function contentError(code: string, table: Table, what: string, remedy?: string, column?: string): RidgelineError {
  return new RidgelineError(code, 'content', `${table.name}: ${what}`, {
    remedy,
    position: { file: table.name, ...(column !== undefined && { column }) },
  });
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => `"${name}"`);
  return shown.join(', ') + (names.length > 12 ? ` and ${names.length - 12} more` : '');
}
