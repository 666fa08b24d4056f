import type { DatasetExpression } from '../../contracts/definition.ts';

/**
 * The datasets whose pending events a schedule would consume now, or undefined while it does not fire (R9).
 *
 * @param take of the parts of an `any` that fire: all of them, or the first (one event, one run)
 */
export function fire(
  expression: DatasetExpression,
  pending: (dataset: string) => boolean,
  take: 'all' | 'first',
): readonly string[] | undefined {
  if (expression.type === 'dataset') return pending(expression.name) ? [expression.name] : undefined;
  const parts = expression.of.map((part) => fire(part, pending, take));
  const fired = parts.filter((part) => part !== undefined);
  if (expression.type === 'all') return fired.length === parts.length ? union(fired) : undefined;
  if (fired.length === 0) return undefined;
  return take === 'all' ? union(fired) : fired[0];
}

function union(parts: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(parts.flat())];
}
