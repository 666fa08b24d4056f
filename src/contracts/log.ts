import type { SourceInfo, TableRef } from './table.ts';

/** A value a task returned, by reference: what is stored, what travels between threads, what a version holds. */
export type ValueRef =
  /** What a mapped task hands on (in the order of its list), and an array that holds more than JSON. */
  | { readonly kind: 'list'; readonly items: readonly ValueRef[] }
  /** What a task with `outlets` hands on, and an object that holds more than JSON. */
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, ValueRef>> }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'table'; readonly ref: TableRef; readonly source?: SourceInfo }
  | { readonly kind: 'model'; readonly key: string; readonly sizeBytes: number; readonly sha256: string }
  /** Bytes as they are: a picture, a document. */
  | { readonly kind: 'file'; readonly key: string; readonly sizeBytes: number; readonly sha256: string };

type Leaf = Exclude<ValueRef, { readonly kind: 'list' | 'record' }>;

/** What a value holds once lists and records are taken apart, in their order. */
export function leavesOf(value: ValueRef): readonly Leaf[] {
  if (value.kind === 'list') return value.items.flatMap(leavesOf);
  return value.kind === 'record' ? Object.values(value.fields).flatMap(leavesOf) : [value];
}

/** One version of one dataset, as a commit publishes it. */
export interface PublishedVersion {
  readonly dataset: string;
  /** From 1, without gaps. */
  readonly version: number;
  readonly value: ValueRef;
  /** Content hash, hex SHA-256: of the stored bytes, or of the canonical JSON of an inline value. */
  readonly sha256: string;
  /** Versions this one was made from. */
  readonly inputs: Readonly<Record<string, number>>;
  /** For people: e.g. the code that made it. Never read by a decision. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A named copy that a commit asks for (R18): the newest commit that names a key says what is under it. */
export interface CommittedExport {
  readonly key: string;
  readonly value: ValueRef;
}

/**
 * What made a commit. An external publish has no run.
 *
 * Two commits have the same origin when `run` and `tasks` are the same, whatever the attempt: what one attempt has
 * published no later attempt publishes again (R11). External ones have it when their keys are the same.
 */
export type CommitOrigin =
  | {
      readonly type: 'task';
      readonly run: string;
      readonly dag: string;
      readonly tasks: readonly string[];
      readonly attempt: number;
    }
  | { readonly type: 'external'; readonly idempotencyKey: string };

/**
 * The body of `_log/<id>.json`: all versions that became visible together. Created exclusively, never changed.
 * Ids count from 1 without gaps, so the next commit is found by asking for one key, not by listing.
 */
export interface Commit {
  readonly format: 'ridgeline.commit/1';
  readonly id: number;
  /** The home that committed. */
  readonly home: string;
  /** Wall clock of that home, ISO 8601; for people only (R4). */
  readonly at: string;
  readonly origin: CommitOrigin;
  /** May be empty: a task with an `export` and no outlet commits its result too. */
  readonly versions: readonly PublishedVersion[];
  readonly exports: readonly CommittedExport[];
  /** Versions that are taken back: their numbers stay used, their content may go. */
  readonly removed?: readonly { readonly dataset: string; readonly version: number }[];
}

/** What a publisher hands in: the log gives the ids and version numbers. */
export type CommitDraft = Omit<Commit, 'format' | 'id' | 'versions'> & {
  readonly versions: readonly Omit<PublishedVersion, 'version'>[];
};

/** The commit log of one store. */
export interface CommitLog {
  /** Where its store is, for messages. */
  readonly url: string;
  /** Commits after `id` in order, to the end as it is now. */
  tail(after: number): AsyncIterable<Commit>;
  /**
   * Appends one commit after everything already there, giving each dataset its next version number.
   * Calling it again with the same origin returns the commit that is there (R11), `fresh: false`.
   * `known` says how far the caller has read the log and the newest version, up to there, of each dataset in the
   * draft (none yet: absent). `skipped` are the commits after `known.id` and before the one returned, in order.
   */
  append(
    draft: CommitDraft,
    known: LogPosition,
  ): Promise<{ commit: Commit; fresh: boolean; skipped: readonly Commit[] }>;
}

export interface LogPosition {
  readonly id: number;
  readonly versions: Readonly<Record<string, number>>;
}
