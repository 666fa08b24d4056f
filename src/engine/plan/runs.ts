import { datasetNames } from '../../authoring/index.ts';
import type { DagDefinition } from '../../contracts/definition.ts';
import { fire } from './fire.ts';

/** A pending event of one subscriber, as its inbox holds it. */
export interface InboxRow {
  readonly id: number;
  readonly dataset: string;
  readonly version: number;
  readonly commit: number;
}

export interface PlannedRun {
  /** In commit order; the last is what the run names as its trigger. */
  readonly consumed: readonly InboxRow[];
  readonly superseded: readonly InboxRow[];
}

/**
 * Which runs a pipeline's pending events make now (R6, R7, R9).
 *
 * `each`: one run for every time the expression comes true as events arrive in commit order; how many run at once is not
 * asked here. `latest` and `all`: one run, and only while there is room for it, so that events coming meanwhile are
 * coalesced into the next.
 *
 * @param pending in commit order
 * @param room runs that may still be opened under `maxActiveRuns`
 */
export function planRuns(
  { schedule, consume }: Pick<DagDefinition, 'schedule' | 'consume'>,
  pending: readonly InboxRow[],
  room: number,
): readonly PlannedRun[] {
  const expression = schedule.datasets;
  if (expression === undefined || pending.length === 0) return [];

  if (consume === 'each') {
    const runs: PlannedRun[] = [];
    const queues = new Map<string, InboxRow[]>();
    for (const row of pending) {
      const queue = queues.get(row.dataset);
      if (queue) queue.push(row);
      else queues.set(row.dataset, [row]);
      const fired = fire(expression, (name) => (queues.get(name)?.length ?? 0) > 0, 'first');
      if (fired) runs.push({ consumed: inOrder(fired.map((name) => queues.get(name)!.shift()!)), superseded: [] });
    }
    return runs;
  }

  if (room < 1) return [];
  const fired = fire(expression, (name) => pending.some((row) => row.dataset === name), 'all');
  if (!fired) return [];
  const rows = pending.filter((row) => fired.includes(row.dataset));
  if (consume === 'all') return [{ consumed: rows, superseded: [] }];
  const newest = new Map(rows.map((row) => [row.dataset, row]));
  return [
    { consumed: inOrder([...newest.values()]), superseded: rows.filter((row) => newest.get(row.dataset) !== row) },
  ];
}

function inOrder(rows: InboxRow[]): readonly InboxRow[] {
  return rows.toSorted((a, b) => a.commit - b.commit || a.id - b.id);
}

/** Newest consumed version of each dataset. */
export function consumedVersions(consumed: readonly InboxRow[]): Readonly<Record<string, number>> {
  return Object.fromEntries(consumed.map((row) => [row.dataset, row.version]));
}

/**
 * The versions a new run is pinned to (R5): what it consumed; for other datasets it names, the version that what it
 * consumed was made from, so that a model meets the features it was trained on; else the newest. Where two of these were
 * made from different versions, the fewest steps count, then the last event.
 *
 * @param lineage versions a version was made from
 * @returns datasets without any version are absent
 */
export function pinVersions(
  definition: Pick<DagDefinition, 'tasks' | 'schedule'>,
  consumed: readonly InboxRow[],
  lineage: (dataset: string, version: number) => Readonly<Record<string, number>>,
  newest: (dataset: string) => number | undefined,
): Readonly<Record<string, number>> {
  const own = consumedVersions(consumed);
  const ancestors = new Map<string, number>();
  const seen = new Set<string>();
  // Climbed by version, not by dataset: what a model was trained on leads to the raw data behind it also when another
  // version of that was consumed beside the model.
  const queue = consumed
    .toReversed()
    .filter(({ dataset, version }) => own[dataset] === version)
    .map(({ dataset, version }) => ({ dataset, version, madeInto: [] as readonly string[] }));
  for (const { dataset, version, madeInto } of queue) {
    const key = `${dataset}@${version}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (!ancestors.has(dataset)) ancestors.set(dataset, version);
    const path = [...madeInto, dataset];
    for (const [name, from] of Object.entries(lineage(dataset, version))) {
      // A dataset made from its own last version: the climb would be its whole history.
      if (!path.includes(name)) queue.push({ dataset: name, version: from, madeInto: path });
    }
  }
  const pinned: Record<string, number> = {};
  for (const name of [...inputDatasets(definition), ...datasetNames(definition.schedule.datasets)]) {
    const version = ancestors.get(name) ?? newest(name);
    if (version !== undefined) pinned[name] = version;
  }
  return pinned;
}

/** Datasets that tasks read; those it only publishes or waits for are none. */
export function inputDatasets({ tasks }: Pick<DagDefinition, 'tasks'>): readonly string[] {
  const inputs = tasks.flatMap((task) => Object.values(task.inputs));
  return [...new Set(inputs.flatMap((input) => (input.type === 'dataset' ? [input.dataset] : [])))];
}
