import { RidgelineError } from '../../contracts/errors.ts';
import { allDags } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';

export function unknownDag(db: Database, id: string): RidgelineError {
  const known = allDags(db).map((dag) => dag.id);
  return new RidgelineError('UNKNOWN_PIPELINE', 'usage', `no pipeline "${id}"`, {
    remedy:
      known.length === 0
        ? 'name files of pipelines in ridgeline.config.ts, or ridgeline init makes a project'
        : `there are: ${known.join(', ')}`,
  });
}
