import { RidgelineError } from '../../contracts/errors.ts';
import { formatPlace, placeOf } from '../../contracts/place.ts';

/** What a check threw: in its own words if it is a plain error, else a fault of the check, with its place in a user's file. */
export function refusedBy(kind: 'run' | 'content', subject: string, dataset: string, error: unknown): RidgelineError {
  let what = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name !== 'Error') {
    const place = placeOf(error);
    what = `${error.name}: ${what}${place === undefined ? '' : ` (${formatPlace(place)})`}`;
  }
  const message = `${subject}the check of dataset "${dataset}" refused it: ${what}`;
  return new RidgelineError('CHECK_FAILED', kind, message, { remedy: 'nothing was published', cause: error });
}
