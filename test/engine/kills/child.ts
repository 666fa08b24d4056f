/** One process on a home: goes on with what is there, runs the producer once, and says so. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openCommitLog, openStore } from '../../../src/data/store/index.ts';
import { openEngine } from '../../../src/engine/index.ts';
import { inProcess } from '../in-process.ts';
import { PIPELINES } from './pipelines.ts';

const dir = process.argv[2]!;
const store = await openStore(pathToFileURL(join(dir, 'store')).href, {});
const engine = await openEngine({ homeDir: join(dir, 'home'), store, log: openCommitLog(store) });
process.stdout.write('open\n');
const runner = await engine.start({
  executor: inProcess(store, () => PIPELINES),
  modules: [{ name: 'm', url: 'memory:m' }],
});
const report = await runner.run('producer');
await runner.close();
engine.close();
process.stdout.write(`${report.state}\n`);
