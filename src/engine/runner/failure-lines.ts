import type { ErrorInfo } from '../../contracts/errors.ts';
import { formatPlace, placesOf } from '../../contracts/place.ts';

/** What a task's log says of a failed attempt: the message, what to do about it, and the places in the user's own code. */
export function describeFailure({ message, remedy, stack }: ErrorInfo): readonly string[] {
  return [message, ...(remedy ? [remedy] : []), ...placesOf(stack).map((place) => `  at ${formatPlace(place)}`)];
}
