import { createHash } from 'node:crypto';
import type { Store } from '../contracts/store.ts';
import { encodeRecord, readRecord, RECORD_KEYS } from './records.ts';

/** What a server made of a record, and which state of the record it has. */
export interface SentMark {
  readonly format: 'ridgeline.sent/1';
  readonly digest: string;
  /** The server's names for it: `experimentId`, `runId`, `artifactUri`, `version`. */
  readonly ids: Readonly<Record<string, string>>;
}

/** Which records a server has, kept beside them in the store. */
export interface SentMarks {
  read(key: string): Promise<SentMark | undefined>;
  write(key: string, record: object, ids: SentMark['ids']): Promise<void>;
  /** Keys of the records under a prefix that the server has in some state. */
  keys(prefix: string): Promise<ReadonlySet<string>>;
  isCurrent(mark: SentMark | undefined, record: object): boolean;
}

export function openSentMarks(store: Store, server: string): SentMarks {
  const folder = createHash('sha256').update(server).digest('hex').slice(0, 12);
  return {
    read: (key) => readRecord<SentMark>(store, RECORD_KEYS.sent(folder, key), 'ridgeline.sent/1'),
    write: (key, record, ids) =>
      store.put(
        RECORD_KEYS.sent(folder, key),
        encodeRecord({ format: 'ridgeline.sent/1', digest: digestOf(record), ids } satisfies SentMark),
      ),
    async keys(prefix) {
      const keys = new Set<string>();
      const marks = RECORD_KEYS.sent(folder, prefix);
      for await (const { key } of store.list(marks)) keys.add(prefix + key.slice(marks.length));
      return keys;
    },
    isCurrent: (mark, record) => mark?.digest === digestOf(record),
  };
}

function digestOf(record: object): string {
  return createHash('sha256').update(encodeRecord(record)).digest('hex');
}
