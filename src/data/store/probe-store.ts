import { randomUUID } from 'node:crypto';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Store } from '../../contracts/store.ts';

/** Creators that race for one key. */
const RACERS = 8;

/**
 * Finds out by doing it whether a store keeps what the commit log rests on: of several creators of one key exactly one
 * wins and its bytes stay, ranges are right, listing finds it, deleting removes it. Leaves nothing behind.
 *
 * @throws {RidgelineError} of kind `store`: what the store answered, or STORE_UNSUPPORTED naming what it does not do.
 */
export async function probeStore(store: Store): Promise<void> {
  const key = `_probe-${randomUUID()}`;
  const bodies = Array.from({ length: RACERS }, (_, i) => new TextEncoder().encode(`racer ${i}`));
  const refuse = (what: string): RidgelineError =>
    new RidgelineError('STORE_UNSUPPORTED', 'store', `store: ${store.url} ${what}`, {
      remedy: 'use a local folder, or a server with conditional writes: AWS S3, MinIO, RustFS, SeaweedFS, versitygw',
    });
  try {
    const won = await Promise.all(bodies.map((body) => store.create(key, body)));
    const winners = won.flatMap((isWinner, i) => (isWinner ? [i] : []));
    if (winners.length !== 1) throw refuse(`let ${winners.length} of ${RACERS} racing creators of one key win`);
    const winner = new TextDecoder().decode(bodies[winners[0]!]);
    const kept = new TextDecoder().decode(await store.get(key));
    if (kept !== winner) throw refuse(`kept "${kept}" of the racers of one key, and told "${winner}" that it had won`);
    const part = new TextDecoder().decode(await (await store.open(key)).slice(2, 5));
    if (part !== 'cer') throw refuse(`answered "${part}" for bytes 2 to 5 of "${kept}"`);
    const listed: string[] = [];
    for await (const found of store.list(key.slice(0, -4))) listed.push(found.key);
    if (listed.join() !== key) throw refuse(`listed "${listed.join()}" where it holds ${key}`);
    await store.delete(key);
  } catch (error) {
    await store.delete(key).catch(() => undefined); // what came first is the news
    throw error;
  }
  if ((await store.head(key)) !== undefined) throw refuse(`still has ${key} after deleting it`);
}
