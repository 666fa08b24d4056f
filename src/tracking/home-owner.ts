import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

/** A name for a home that outlives its state database, as records of tracked runs carry it: which machine and folder. */
export function homeOwner(home: string): string {
  return createHash('sha256')
    .update(`${hostname()}\n${resolve(home)}`)
    .digest('hex')
    .slice(0, 12);
}
