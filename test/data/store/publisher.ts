import { openCommitLog, openStore } from '../../../src/data/store/index.ts';
import { draft } from './draft.ts';

/** A process that publishes: `node publisher.ts STORE NAME COUNT`; prints the commit ids and versions it got. */
const [url = '', name = '', count = '0'] = process.argv.slice(2);
const store = await openStore(url, process.env);
const log = openCommitLog(store);
const known = { id: 0, versions: {} as Record<string, number> };
for (let i = 0; i < Number(count); i++) {
  const { commit, skipped } = await log.append(draft(`${name}-${i}`, ['shared']), known);
  for (const other of [...skipped, commit]) {
    known.id = other.id;
    for (const { dataset, version } of other.versions) known.versions[dataset] = version;
  }
  console.log(JSON.stringify([commit.id, commit.versions[0]?.version]));
}
await store.close();
