import { Cron } from 'croner';
import type { Schedule } from '../../contracts/definition.ts';
import { RidgelineError } from '../../contracts/errors.ts';

/** The first time of a cron after `after`; both in milliseconds since the Unix epoch. */
export type NextCron = (cron: NonNullable<Schedule['cron']>, after: number) => number;

/** By expression and time zone: reading one takes longer than asking it. */
const CRONS = new Map<string, Cron>();

/** @throws {RidgelineError} BAD_SCHEDULE for an expression or time zone that is none, or never comes true. */
export const nextCron: NextCron = ({ expression, timezone }, after) => {
  let next: Date | null;
  try {
    const key = `${timezone} ${expression}`;
    // UTC needs no look into the time zones, which takes five times as long.
    const zone = timezone === 'UTC' ? { utcOffset: 0 } : { timezone };
    const cron = CRONS.get(key) ?? new Cron(expression, { ...zone, paused: true });
    CRONS.set(key, cron);
    next = cron.nextRun(new Date(after));
  } catch (error) {
    throw new RidgelineError(
      'BAD_SCHEDULE',
      'usage',
      `cron "${expression}" in ${timezone}: ${(error as Error).message}`,
      { remedy: 'write five fields such as "0 6 * * *" and an IANA time zone' },
    );
  }
  if (next === null) {
    throw new RidgelineError('BAD_SCHEDULE', 'usage', `cron "${expression}" in ${timezone}: it never comes true`, {
      remedy: 'correct the expression',
    });
  }
  return next.getTime();
};
