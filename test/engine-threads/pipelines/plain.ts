import { dag } from '../../../src/authoring/index.ts';

/** Tasks that need no table: what threads do with results, errors, logs, time and memory. */
export const plain = dag('plain', { params: { who: 'world' } }, ({ task, branch, map }) => {
  const hello = task('hello', (_inputs, { params }) => ({ greeting: `hello ${params.who}` }));
  task('shout', { inputs: { hello } }, ({ hello }) => hello.greeting.toUpperCase());
  branch('choose', { inputs: { hello } }, ({ hello }) => (hello.greeting.length > 5 ? 'long' : 'short'));
  map('double', [1, 2, 3], (item) => item * 2);

  task('talk', (_inputs, { log, progress }) => {
    log.info('one');
    console.log('two');
    process.stderr.write('three\n');
    progress('counting', 1, 2);
  });
  task('fail', () => {
    throw new TypeError('no such animal');
  });
  task('odd', () => ({ deep: [new Map()] }) as unknown as string);
  task('large', () => 'x'.repeat(100_000));
  task('loop', () => {
    for (;;);
  });
  task('wait', async (_inputs, { signal }) => {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  task('hoard', () => {
    const kept: object[] = [];
    for (;;) kept.push({ size: kept.length, text: `${kept.length}`.repeat(10) });
  });
  task('leave', () => {
    process.exit(0);
  });
});
