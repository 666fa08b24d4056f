import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { Environment } from '../data/store/index.ts';
import { createMlflowClient, type MlflowClient } from './mlflow-client.ts';
import { nameInKey, readRecord, RECORD_KEYS, type ExperimentRecord, type RunRecord } from './records.ts';
import { sendModels } from './send-models.ts';
import { sendExperiment, sendRun } from './send-run.ts';
import { openSentMarks, type SentMarks } from './sent-marks.ts';

/** After this long unsent, a run of another home is sent by whoever finds it: that home may be gone. */
const ADOPT_MS = 10 * 60_000;

export interface SyncReport {
  readonly server: string;
  /** Records that the server did not have, or not in their present state. */
  readonly sent: number;
  /** Runs left for later: not ended yet, or another home's. */
  readonly waiting: number;
}

/**
 * Sends to the MLflow server what it does not have of the store's records: experiments, ended runs, models. Done by one
 * process of a home at a time. Broken off anywhere and done again, it doubles nothing.
 *
 * @param owner the home that asks; runs of others are theirs to send
 * @returns undefined when `MLFLOW_TRACKING_URI` is not set
 * @throws {RidgelineError} TRACKING_UNREACHABLE, TRACKING_DENIED, TRACKING_SERVER, TRACKING_EXPERIMENT_DELETED,
 *   TRACKING_REFUSED: the first that happened, after everything else that can be sent was.
 */
export async function syncTracking(store: Store, env: Environment, owner: string): Promise<SyncReport | undefined> {
  const client = createMlflowClient(env);
  if (client === undefined) return undefined;
  const marks = openSentMarks(store, client.server);
  const sync = new Sync(checkedOnce(client), store, marks, owner);
  await sync.experiments();
  await sync.runs();
  await sync.models();
  if (sync.failure !== undefined) throw sync.failure;
  return { server: client.server, sent: sync.sent, waiting: sync.waiting };
}

class Sync {
  sent = 0;
  waiting = 0;
  failure: unknown;
  readonly #client: MlflowClient;
  readonly #store: Store;
  readonly #marks: SentMarks;
  readonly #owner: string;

  constructor(client: MlflowClient, store: Store, marks: SentMarks, owner: string) {
    this.#client = client;
    this.#store = store;
    this.#marks = marks;
    this.#owner = owner;
  }

  async experiments(): Promise<void> {
    for (const key of await this.#unsent(RECORD_KEYS.experiments))
      await this.#try(() => this.#experiment(nameInKey(key)));
  }

  async runs(): Promise<void> {
    const records: RunRecord[] = [];
    for (const key of await this.#unsent(RECORD_KEYS.runs)) {
      const record = await readRecord<RunRecord>(this.#store, key, 'ridgeline.tracked-run/1');
      if (record !== undefined) records.push(record);
    }
    // A run begins before those within it.
    for (const record of records.toSorted((a, b) => a.startTime - b.startTime))
      await this.#try(() => this.#run(record));
  }

  async models(): Promise<void> {
    await this.#try(async () => {
      this.sent += await sendModels(this.#client, this.#store, this.#marks);
    });
  }

  async #run(record: RunRecord): Promise<void> {
    const isOurs = record.owner === this.#owner || Date.now() - (record.endTime ?? Infinity) > ADOPT_MS;
    const parent = record.parent === null ? undefined : await this.#marks.read(RECORD_KEYS.run(record.parent));
    if (record.status === 'RUNNING' || !isOurs || (record.parent !== null && parent === undefined)) {
      this.waiting++;
      return;
    }
    const experimentId = await this.#experiment(record.experiment);
    const ids = await sendRun(this.#client, this.#store, record, { experimentId, parent: parent?.ids['runId'] });
    await this.#marks.write(RECORD_KEYS.run(record.id), record, { experimentId, ...ids });
    this.sent++;
  }

  /** The server's id of an experiment, which is made there if it has none. */
  async #experiment(name: string): Promise<string> {
    const key = RECORD_KEYS.experiment(name);
    const record = await readRecord<ExperimentRecord>(this.#store, key, 'ridgeline.experiment/1');
    const mark = await this.#marks.read(key);
    const experimentId = await sendExperiment(this.#client, record ?? { name });
    if (record === undefined || mark?.ids['experimentId'] === experimentId) return experimentId;
    await this.#marks.write(key, record, { experimentId });
    this.sent++;
    return experimentId;
  }

  /** One record that a server will not take does not hold up the others; a server that is away does. */
  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failure ??= error;
      if (!RidgelineError.is(error) || !['TRACKING_REFUSED', 'TRACKING_EXPERIMENT_DELETED'].includes(error.code))
        throw error;
    }
  }

  async #unsent(prefix: string): Promise<readonly string[]> {
    const done = await this.#marks.keys(prefix);
    const keys: string[] = [];
    for await (const { key } of this.#store.list(prefix)) if (!done.has(key)) keys.push(key);
    return keys;
  }
}

/** Asks the server for its version before the first call, and not at all when there is nothing to send. */
function checkedOnce(client: MlflowClient): MlflowClient {
  let checked: Promise<string> | undefined;
  const after = async <T>(call: () => Promise<T>): Promise<T> => {
    await (checked ??= client.version());
    return call();
  };
  return {
    ...client,
    get: (path, query) => after(() => client.get(path, query)),
    post: (path, body) => after(() => client.post(path, body)),
  };
}
