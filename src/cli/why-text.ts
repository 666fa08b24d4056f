import type { InboxView, ProducerView, WhyView } from '../engine/index.ts';
import { formatExpression } from './graph/graph.ts';
import { formatTime } from './output.ts';
import type { Paint } from './output.ts';

/**
 * Why a pipeline runs or does not, in one screen: the answer first, then each dataset it waits for, then its last run.
 *
 * @param atWork a scheduler is at work on the home
 */
export function formatWhy(why: WhyView, atWork: boolean, paint: Paint): string {
  return [
    `${paint('bold', why.dag)}  ${paint('dim', scheduleOf(why))}`,
    ...verdict(why, atWork).map((line) => `  ${line}`),
    ...why.datasets.flatMap((each) => ['', ...formatDataset(each, why, paint)]),
    ...(why.lastRun ? ['', ...formatLastRun(why.lastRun, paint)] : []),
  ].join('\n');
}

function scheduleOf({ schedule, nextCronAt }: WhyView): string {
  const cron = nextCronAt === undefined ? [] : [`next by the clock ${formatTime(nextCronAt)}`];
  const datasets = schedule ? [`on ${formatExpression(schedule)}`] : [];
  return [...datasets, ...cron].join('; ') || 'by hand only';
}

/** What decides now; the first that holds counts. */
function verdict(why: WhyView, atWork: boolean): string[] {
  const pending = why.datasets.flatMap(({ name, pending }) => pending.map((version) => `${name} ${version}`));
  const waits = pending.length === 0 ? '' : `; pending: ${pending.join(', ')}`;
  if (why.broken) {
    const remedy = why.broken.remedy === undefined ? [] : [why.broken.remedy];
    return [`does not run: ${why.broken.message}${waits}`, ...remedy];
  }
  const open = why.openRuns.map(({ id, state }) => `${id} is ${state}`);
  if (open.length > 0) return [`run ${open.join(', run ')}${waits}`, ...nobody(atWork)];
  if (why.paused) return [`paused${waits}`, `ridgeline resume ${why.dag}`];
  if (why.schedule === undefined) return ['starts when somebody asks for it', `ridgeline trigger ${why.dag}`];
  if (why.missing.length > 0) return [`waiting for a new version of ${why.missing.join(' and ')}${waits}`];
  return [`about to start${waits}`, ...nobody(atWork)];
}

function nobody(atWork: boolean): string[] {
  return atWork ? [] : ['nobody is at work on this home now: ridgeline up, or any ridgeline run'];
}

type DatasetWhy = WhyView['datasets'][number];

function formatDataset(dataset: DatasetWhy, why: WhyView, paint: Paint): string[] {
  const { name, version, publishedAt, lastEvent, producers } = dataset;
  const newest = version === 0 ? 'no version yet' : `version ${version}, ${formatTime(publishedAt)}`;
  return [
    `${paint('cyan', name)}  ${newest}`,
    ...(lastEvent ? [`  ${describeEvent(lastEvent)}`] : version > 0 ? [`  ${why.dag} had no event of it`] : []),
    ...producers.flatMap((producer) => describeProducer(producer).map((line) => `  ${line}`)),
    ...(producers.length === 0 ? ['  no pipeline of this home publishes it'] : []),
  ];
}

function describeEvent({ version, state, run, reason }: InboxView): string {
  switch (state) {
    case 'pending':
      return `version ${version} is pending`;
    case 'consumed':
      return `version ${version} was consumed by run ${run}`;
    case 'superseded':
      return `version ${version} was superseded: run ${run} took a newer one`;
    case 'skipped':
      return `version ${version} was skipped: ${reason}`;
  }
}

/** Of a producer what explains why nothing newer is there. */
function describeProducer({ dag, run, state, task, taskState, note, error }: ProducerView): string[] {
  const name = `${dag}.${task}`;
  if (run === undefined) return [`${name} publishes it and has never run`];
  if (state === 'queued' || state === 'running') return [`${name} publishes it: run ${run} is ${state}`];
  if (error) {
    const remedy = error.remedy === undefined ? [] : [`  ${error.remedy}`];
    return [`${name} publishes it: run ${run} failed: ${error.message}`, ...remedy];
  }
  const what =
    taskState === 'skipped' ? 'was skipped' : taskState === 'success' ? 'succeeded' : (taskState ?? 'is new');
  return [`${name} publishes it: in run ${run} it ${what}${note === undefined ? '' : `, ${note}`}`];
}

function formatLastRun({ id, state, inbox }: NonNullable<WhyView['lastRun']>, paint: Paint): string[] {
  const by = (wanted: InboxView['state']): string =>
    inbox
      .filter((row) => row.state === wanted)
      .map(({ dataset, version }) => `${dataset} ${version}`)
      .join(', ');
  const parts = (['consumed', 'superseded'] as const).flatMap((state) => (by(state) ? [`${state} ${by(state)}`] : []));
  return [`${paint('dim', 'last run')}  ${id}  ${state}${parts.length > 0 ? `  ${parts.join('; ')}` : ''}`];
}
