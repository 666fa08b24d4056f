import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { RidgelineError } from '../contracts/errors.ts';
import type { LogLine } from '../contracts/executor.ts';
import type { CliContext } from './context.ts';
import { openExecutor } from './open-executor.ts';
import { tellPipelines, withHome } from './open-home.ts';
import { report } from './steering.ts';

export interface PublishOptions {
  readonly key?: string;
  readonly dryRun?: boolean;
}

/** Publishes a file as a dataset's next version: an event like any other for those who wait for it. */
export async function publishFile(
  dataset: string,
  file: string,
  { key = randomUUID(), dryRun = false }: PublishOptions,
  context: CliContext,
): Promise<void> {
  const path = resolve(context.cwd, file);
  if (!existsSync(path)) {
    throw new RidgelineError('NO_FILE', 'store', `dataset publish: there is no file ${path}`, {
      remedy: 'correct the path',
    });
  }
  await withHome(context, async (home) => {
    // With nobody at work, a check or a consumer may be newer than what the home knows.
    await tellPipelines(home, context, !dryRun && home.engine.scheduler() === undefined);
    const checkedBy = home.engine.checksOf(dataset);
    const known = home.engine.listDatasets().find(({ name }) => name === dataset);
    const { consumers = [], version: newest = 0 } = known ?? {};
    const starts = consumers.length === 0 ? 'no pipeline waits for it' : `for ${consumers.join(', ')}`;
    if (dryRun) {
      const text = `would publish ${dataset} version ${newest + 1} from ${file}, ${starts}`;
      return report(context, home, { dataset, dryRun, consumers }, text, false);
    }
    const executor = openExecutor(context, 'auto');
    try {
      const onLog = ({ message }: LogLine): void => void context.stderr.write(`${message}\n`);
      const onWaiting = (): void => void context.stderr.write('waiting for a gc on this home\n');
      const adoptAndPublish = async () => {
        const value = await executor.adopt({ path, name: basename(path), dataset, checkedBy }, onLog);
        return home.engine.publish({ dataset, value, idempotencyKey: key });
      };
      const { version, fresh } = await home.engine.storing(adoptAndPublish, { onWaiting, signal: context.signal });
      const text = fresh
        ? `published ${dataset} version ${version} from ${file}, ${starts}`
        : `${dataset} version ${version} was published with the key "${key}" before; nothing changed`;
      report(context, home, { dataset, version, fresh, key, consumers }, text, fresh && consumers.length > 0);
    } finally {
      await executor.close();
    }
  });
}
