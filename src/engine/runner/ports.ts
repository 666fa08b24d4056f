import type { Executor } from '../../contracts/executor.ts';
import type { CommitLog } from '../../contracts/log.ts';
import type { Clock } from '../../contracts/ports.ts';
import type { Database } from '../state/database.ts';
import type { EngineEvent } from '../views.ts';

/** Everything through which the runner has an effect: what the simulator replaces. */
export interface Ports {
  readonly db: Database;
  readonly log: CommitLog;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: (event: EngineEvent) => void;
  /** How long a store that cannot be reached or is full is waited for before the engine gives up, resumably. */
  readonly patienceMs: number;
  /** Named concurrency slots; one that is not named here takes one task at a time. */
  readonly slots: Readonly<Record<string, number>>;
}
