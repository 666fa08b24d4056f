import type { DagDefinition } from '../contracts/definition.ts';
import { RidgelineError } from '../contracts/errors.ts';
import { datasetNames } from './schedule.ts';

/**
 * Refuses pipelines that would trigger each other for ever (R14).
 *
 * @throws {RidgelineError} DATASET_LOOP naming the whole loop: `a -[x]-> b -[y]-> a`.
 */
export function refuseLoops(dags: readonly DagDefinition[]): void {
  const consumers = new Map<string, string[]>();
  for (const dag of dags) {
    for (const name of datasetNames(dag.schedule.datasets)) {
      consumers.set(name, [...(consumers.get(name) ?? []), dag.id]);
    }
  }
  const byId = new Map(dags.map((dag) => [dag.id, dag]));
  const done = new Set<string>();
  const path: { dag: string; by: string }[] = [];

  function visit(id: string, by: string): void {
    const start = path.findIndex((step) => step.dag === id);
    path.push({ dag: id, by });
    if (start >= 0) {
      const [first, ...rest] = path.slice(start);
      const loop = rest.reduce((text, step) => `${text} -[${step.by}]-> ${step.dag}`, first!.dag);
      throw new RidgelineError('DATASET_LOOP', 'usage', `pipelines trigger each other in a loop: ${loop}`, {
        remedy: 'take one of these datasets out of a schedule; a dataset that is only an input triggers nothing',
      });
    }
    if (!done.has(id)) {
      for (const task of byId.get(id)!.tasks) {
        for (const name of Object.values(task.outlets)) for (const next of consumers.get(name) ?? []) visit(next, name);
      }
      done.add(id);
    }
    path.pop();
  }
  for (const dag of dags) visit(dag.id, '');
}
