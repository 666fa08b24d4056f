import { RidgelineError } from '../../contracts/errors.ts';
import type { Commit, CommitDraft, CommitLog, CommitOrigin, LogPosition } from '../../contracts/log.ts';
import type { Store } from '../../contracts/store.ts';
import { commitKey, corrupt, decodeCommit, encodeCommit } from './commit-format.ts';

/**
 * Entries asked for at once: few at the start of a tail, as there is mostly none, then more and more. Never one alone:
 * the entry after the end shows whether it is the end or a hole.
 */
const FIRST_READ = 2;
const READAHEAD = 32;

/**
 * The commit log kept in `_log/` of a store.
 *
 * Ids are dense, so the end is found by asking for the next key. Appending is creating that key exclusively: whoever
 * loses reads what came in between, numbers its versions anew and tries the key after it.
 */
export function openCommitLog(store: Store): CommitLog {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    url: store.url,
    tail,
    /** One after the other: commits of one process do not race each other, only those of others. */
    append(draft, known) {
      const mine = turn.then(() => append(draft, known));
      turn = mine.catch(() => {});
      return mine;
    },
  };

  async function* tail(after: number): AsyncGenerator<Commit> {
    let next = after + 1;
    let width = FIRST_READ;
    for (;;) {
      const entries = await Promise.all(Array.from({ length: width }, (_, i) => read(next + i)));
      const gap = entries.indexOf(undefined);
      const found = gap === -1 ? entries : entries.slice(0, gap);
      for (const commit of found) yield commit!;
      next += found.length;
      width = Math.min(2 * width, READAHEAD);
      if (gap === -1 || gap === entries.length - 1) continue;
      const beyond = entries.find((commit, i) => i > gap && commit !== undefined);
      if (beyond === undefined) return;
      // Requests overtake each other: what was missing may have come just before what is beyond it.
      if ((await read(next)) === undefined) throw missing(next, beyond.id);
      width = FIRST_READ;
    }
  }

  async function read(id: number): Promise<Commit | undefined> {
    try {
      return decodeCommit(await store.get(commitKey(id)), id, store.url);
    } catch (error) {
      if (RidgelineError.is(error) && error.code === 'STORE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async function append(draft: CommitDraft, known: LogPosition) {
    const newest = new Map(draft.versions.map(({ dataset }) => [dataset, known.versions[dataset] ?? 0]));
    const skipped: Commit[] = [];
    for (let id = known.id + 1; ;) {
      const commit = numbered(draft, id, newest);
      const body = encodeCommit(commit);
      decodeCommit(body, id, store.url); // nothing goes into the log that could not be read back
      if (await store.create(commitKey(id), body)) return { commit, fresh: true, skipped };
      for await (const other of tail(id - 1)) {
        if (isSameOrigin(other.origin, draft.origin)) return { commit: other, fresh: false, skipped };
        skipped.push(other);
        count(other, newest);
        id = other.id + 1;
      }
    }
  }

  /** Moves the newest versions on, for the datasets asked for. */
  function count(commit: Commit, newest: Map<string, number>): void {
    for (const { dataset, version } of commit.versions) {
      const before = newest.get(dataset);
      if (before === undefined) continue;
      if (version !== before + 1) {
        const entry = `${store.url}/${commitKey(commit.id)}`;
        throw corrupt(entry, `must publish ${dataset} version ${before + 1}, got version ${version}`);
      }
      newest.set(dataset, version);
    }
  }

  function missing(id: number, beyond: number): RidgelineError {
    return corrupt(`${store.url}/${commitKey(id)}`, `is missing, and ${commitKey(beyond)} is there`);
  }
}

function numbered(draft: CommitDraft, id: number, newest: ReadonlyMap<string, number>): Commit {
  const { home, at, origin, exports, removed } = draft;
  const versions = draft.versions.map(({ dataset, ...rest }) => {
    return { dataset, version: (newest.get(dataset) ?? 0) + 1, ...rest };
  });
  return { format: 'ridgeline.commit/1', id, home, at, origin, versions, exports, ...(removed && { removed }) };
}

function isSameOrigin(a: CommitOrigin, b: CommitOrigin): boolean {
  if (a.type === 'external') return b.type === 'external' && a.idempotencyKey === b.idempotencyKey;
  return b.type === 'task' && a.run === b.run && a.tasks.toSorted().join('\n') === b.tasks.toSorted().join('\n');
}
