import { Cron } from 'croner';
import type { Schedule } from '../../contracts/definition.ts';
import { RidgelineError } from '../../contracts/errors.ts';

/** The first time of a cron after `after`; both in milliseconds since the Unix epoch. */
export type NextCron = (cron: NonNullable<Schedule['cron']>, after: number) => number;

/** By expression and time zone: reading one takes longer than asking it. */
const CRONS = new Map<string, Cron>();

/** @throws {RidgelineError} BAD_SCHEDULE for an expression or time zone that is none, or never comes true. */
export const nextCron: NextCron = ({ expression, timezone }, after) => {
  const refuse = (why: string, remedy: string): never => {
    throw new RidgelineError('BAD_SCHEDULE', 'usage', `cron "${expression}" in ${timezone}: ${why}`, { remedy });
  };
  let next: Date | null;
  try {
    const key = `${timezone} ${expression}`;
    // UTC needs no look into the time zones, which takes five times as long.
    const zone = timezone === 'UTC' ? { utcOffset: 0 } : { timezone };
    const cron = CRONS.get(key) ?? new Cron(expression, { ...zone, paused: true });
    CRONS.set(key, cron);
    next = cron.nextRun(new Date(after));
  } catch (error) {
    return refuse((error as Error).message, 'write five fields such as "0 6 * * *" and an IANA time zone');
  }
  return next?.getTime() ?? refuse('it never comes true', 'correct the expression');
};
