import { RidgelineError } from '../../contracts/errors.ts';
import type { CommitLog } from '../../contracts/log.ts';
import type { Store } from '../../contracts/store.ts';

/** The commit log kept in `_log/` of a store. */
export function openCommitLog(store: Store): CommitLog {
  throw new RidgelineError('LOG', 'store', `log: not yet able to read ${store.url}`);
}
