import type { TableRef } from '../../contracts/table.ts';

/** What was written: a `TableRef` but for the place, which the caller gives it. */
export type WrittenTable = Pick<TableRef, 'format' | 'sizeBytes' | 'sha256' | 'numRows' | 'fields'>;
