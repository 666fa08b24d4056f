import { dag } from '../../../src/authoring/index.ts';

/** A task that shows every secret it has, in every way it can. */
export const leak = dag('leak', ({ task }) => {
  task('leak', (_inputs, { log, progress }) => {
    const { LEAK_TOKEN: token = '', LEAK_LOGIN: login = '', LEAK_KEY: pem = '' } = process.env;
    console.log(`token ${token}, ${JSON.stringify({ login })}`);
    log.warn(`https://host/?login=${encodeURIComponent(login)}`);
    console.log(pem.trim());
    process.stderr.write(`${token}\n`);
    progress(`reading with ${token}`, 1, 2);
    throw new Error(`refused ${token} of ${login}`);
  });
});
