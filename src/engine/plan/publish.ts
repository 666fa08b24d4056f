import type { DagDefinition, TaskDefinition } from '../../contracts/definition.ts';
import type { CommitDraft, CommittedExport, PublishedVersion, ValueRef } from '../../contracts/log.ts';
import { contentHash } from './content-hash.ts';

/** A task whose outputs are to become visible. */
export interface Publisher {
  readonly task: string;
  readonly attempt: number;
  readonly result: ValueRef;
  readonly outlets: Readonly<Record<string, ValueRef>>;
}

interface PublishingRun {
  readonly definition: DagDefinition;
  readonly inputs: Readonly<Record<string, number>>;
  readonly codeHash: string;
  /** False for a rerun told not to emit (R13): exports only. */
  readonly emit: boolean;
}

export interface PublishPlan {
  readonly versions: CommitDraft['versions'];
  readonly exports: readonly CommittedExport[];
  /** Outlets left out because their content is the newest version's (R12): dataset to that version's number. */
  readonly unchanged: Readonly<Record<string, number>>;
}

/**
 * What one commit shall hold (R2): every outlet and export of these tasks, or nothing.
 *
 * @param newest a dataset's newest version
 */
export function planPublish(
  { definition, inputs, codeHash, emit }: PublishingRun,
  publishers: readonly Publisher[],
  newest: (dataset: string) => Pick<PublishedVersion, 'version' | 'sha256'> | undefined,
): PublishPlan {
  const versions: CommitDraft['versions'][number][] = [];
  const exports: CommittedExport[] = [];
  const unchanged: Record<string, number> = {};
  for (const { task: id, result, outlets } of publishers) {
    const task = definition.tasks.find((each) => each.id === id)!;
    if (task.export !== undefined) exports.push({ key: task.export, value: result });
    for (const [key, dataset] of emit ? Object.entries(task.outlets) : []) {
      const value = outlets[key]!;
      const sha256 = contentHash(value);
      const before = definition.datasets.find(({ name }) => name === dataset)!.skipUnchanged
        ? newest(dataset)
        : undefined;
      if (before?.sha256 === sha256) unchanged[dataset] = before.version;
      else versions.push({ dataset, value, sha256, inputs, metadata: metadataOf(value, codeHash) });
    }
  }
  return { versions, exports, unchanged };
}

/** What people may want to know of a version: where its data came from and, of a pipeline's, which code made it. */
export function metadataOf(value: ValueRef, codeHash: string | undefined): Readonly<Record<string, string>> {
  const source = value.kind === 'table' ? value.source : undefined;
  return {
    ...(codeHash !== undefined && { code: codeHash }),
    ...(source && { source: source.synthetic ? 'synthetic' : source.name, sourceSha256: source.sha256 }),
  };
}

/** Whether something becomes visible under a name through this task. */
export function publishes(task: TaskDefinition): boolean {
  return task.export !== undefined || Object.keys(task.outlets).length > 0;
}

/** Whether a task's success waits for a commit of its own. */
export function commitsItself({ emitOn, tasks }: DagDefinition, task: string): boolean {
  return emitOn === 'task' && publishes(tasks.find(({ id }) => id === task)!);
}
