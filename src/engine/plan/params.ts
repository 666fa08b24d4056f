import type { DagDefinition, Params } from '../../contracts/definition.ts';
import { RidgelineError } from '../../contracts/errors.ts';

/**
 * A run's parameters: the DAG's defaults with what was given, each of its default's type.
 *
 * @throws {RidgelineError} BAD_PARAM naming the parameter and what there is.
 */
export function resolveParams({ id, params }: Pick<DagDefinition, 'id' | 'params'>, given: Params): Params {
  const resolved = defaultParams(params);
  for (const [name, value] of Object.entries(given)) {
    const type = Object.hasOwn(params, name) ? params[name]!.type : undefined;
    if (type === undefined) {
      const known = Object.keys(params).join(', ') || 'none';
      throw new RidgelineError('BAD_PARAM', 'usage', `${id}: no parameter "${name}"`, {
        remedy: `its parameters: ${known}`,
      });
    }
    if (type !== 'json' && (typeof value !== type || (type === 'number' && !Number.isFinite(value)))) {
      const message = `${id}: parameter "${name}" is a ${type}, got ${JSON.stringify(value)}`;
      throw new RidgelineError('BAD_PARAM', 'usage', message, { remedy: `give it a ${type}` });
    }
    resolved[name] = value;
  }
  return resolved;
}

export function defaultParams(params: DagDefinition['params']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).map(([name, param]) => [name, param.default]));
}

/** Those of some values that a pipeline has a parameter for. */
export function knownParams({ params }: Pick<DagDefinition, 'params'>, given: Params): Params {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(params, name)));
}
