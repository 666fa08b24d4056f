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
  /** Around what stores objects and records them before the next turn of the event loop: nothing of it is garbage meanwhile. */
  readonly storing: <T>(work: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: (event: EngineEvent) => void;
  /** How long a store that cannot be reached or is full is waited for before the engine gives up, resumably. */
  readonly patienceMs: number;
  /** Named concurrency slots; one that is not named here takes one task at a time. */
  readonly slots: Readonly<Record<string, number>>;
}
