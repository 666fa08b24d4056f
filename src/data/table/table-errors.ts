import { RidgelineError } from '../../contracts/errors.ts';
import type { Field } from '../../contracts/table.ts';

/** At most this many names are listed in a message. */
const NAMES_SHOWN = 12;

export function unknownColumn(table: string, name: string, fields: readonly Field[]): RidgelineError {
  return new RidgelineError('UNKNOWN_COLUMN', 'content', `${table}: no column "${name}"`, {
    remedy: `its columns are ${listNames(fields.map((field) => field.name))}`,
    position: { file: table, column: name },
  });
}

/** @param values the text column, when it is at hand, to show its first value; `rowOffset` is the row of the first. */
export function notNumeric(
  table: string,
  field: Field,
  rowOffset = 0,
  values: readonly (string | null)[] = [],
): RidgelineError {
  const index = values.findIndex((value) => value !== null);
  const first = field.firstText ?? (index < 0 ? undefined : { row: rowOffset + index + 1, value: values[index] ?? '' });
  const got = first ? `text ${quote(first.value)} at row ${first.row}` : `type ${field.type}`;
  return new RidgelineError('NOT_NUMERIC', 'content', `${table}: column "${field.name}" must be numeric, got ${got}`, {
    remedy: first ? 'correct the value, or leave the column out' : 'leave the column out, or convert it first',
    position: { file: table, column: field.name, ...(first && { row: first.row }) },
  });
}

export function notText(table: string, field: Field): RidgelineError {
  return new RidgelineError(
    'NOT_TEXT',
    'content',
    `${table}: column "${field.name}" must be text, got type ${field.type}`,
    { position: { file: table, column: field.name } },
  );
}

export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A value from a user's data, safe to show on one line. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
