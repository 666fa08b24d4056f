import { join } from 'node:path';
import type { Command } from 'commander';
import type { SourcePolicy } from '../../data/source/index.ts';
import type { EngineEvent } from '../../engine/index.ts';
import { EventStream } from '../../engine/service/event-stream.ts';
import { startHttp } from '../../engine/service/http-server.ts';
import type { Surface } from '../../engine/service/routes.ts';
import type { CliContext } from '../context.ts';
import { openExecutor, sourceOption } from '../open-executor.ts';
import { withHome } from '../open-home.ts';
import { painter, printJson } from '../output.ts';
import { packageVersion } from '../package-version.ts';
import { watchPipelines } from '../pipelines.ts';
import { receiveUpload } from '../receive-upload.ts';
import { TrackingSender } from '../send-tracking.ts';
import { formatEvent } from '../up-log.ts';
import { upToken } from '../up-token.ts';
import { Webhooks } from '../webhooks.ts';
import { wholeNumber } from '../whole-number.ts';

interface UpOptions {
  readonly host: string;
  readonly port: number;
  readonly drain: number;
  readonly source: SourcePolicy;
}

/** How long a store that is away is waited for; then somebody has to hear of it, by the exit code. */
const PATIENCE_MS = 600_000;

export function register(command: Command, context: CliContext): void {
  command
    .option('--host <host>', 'address to listen on; another than this machine needs a token', '127.0.0.1')
    .option('--port <n>', 'port of the HTTP interface; 0 is any free one', wholeNumber('--port', 0, 65_535), 8723)
    .option(
      '--drain <seconds>',
      'how long what works may go on after Ctrl-C or SIGTERM',
      wholeNumber('--drain', 0, 86_400),
      10,
    )
    .addOption(sourceOption())
    .addHelpText(
      'after',
      `
Runs what datasets, the clock and people ask for until it is stopped. A second one on the same home stands by and takes
over when the first ends. A pipeline that is edited, added or deleted is noticed within two seconds and counts from the
next run on.

Examples:
  ridgeline up
  ridgeline trigger housing_features          from another terminal
  curl -N http://127.0.0.1:8723/api/events    what happens, as it happens
`,
    )
    .action((options: UpOptions) => up(options, context));
}

async function up({ host, port, drain, source }: UpOptions, context: CliContext): Promise<void> {
  const { home, signal, stderr } = context;
  const paint = painter(context, stderr);
  const say = (line: string): void => void stderr.write(`${line}\n`);
  const auth = upToken(context, host);
  const executor = openExecutor(context, source);
  const events = new EventStream();
  const hooks = new Webhooks(context.config.settings.hooks ?? [], say);
  let sender: TrackingSender | undefined;
  const onEvent = (event: EngineEvent): void => {
    events.send(event);
    hooks.onEvent(event);
    if (event.type === 'run.finished') sender?.poke();
    const line = formatEvent(event, Date.now(), paint);
    if (line !== undefined) say(line);
  };
  try {
    await withHome(context, async ({ engine, store }) => {
      sender = new TrackingSender(context, store);
      sender.poke();
      const modules = watchPipelines(context, (message) => say(paint('yellow', message)));
      const { slots = {} } = context.config.settings;
      const runner = await engine.start({ executor, modules, slots, signal, onEvent, patienceMs: PATIENCE_MS });
      try {
        const startedAt = Date.now();
        const surface: Surface = {
          engine,
          changed: () => runner.look(),
          receive: (request, dataset, publish) => {
            const checked = { dataset, checkedBy: engine.checksOf(dataset) };
            const scratchDir = join(home, 'tmp', String(process.pid));
            return receiveUpload(request, checked, executor, scratchDir, ({ message }) => say(message), publish);
          },
          health: () => ({
            state: signal.aborted ? 'draining' : 'active',
            version: packageVersion(),
            home,
            store: store.url,
            pid: process.pid,
            startedAt,
          }),
        };
        const http = await startHttp(surface, events, { host, port, token: auth?.token });
        try {
          if (context.json) printJson(context, { url: http.url, ...surface.health() });
          else say(`ridgeline up: ${paint('bold', http.url)}, home ${home}, store ${store.url}`);
          if (auth !== undefined) say(`programs need the token from ${auth.from}`);
          signal.addEventListener('abort', () => say(`stopping: what works has ${drain} s to end`), { once: true });
          await runner.serve({ drainMs: drain * 1000 });
          say('stopped; what was under way resumes with the next up or run');
        } finally {
          await http.close();
        }
      } finally {
        await runner.close();
        await Promise.all([sender.idle(), hooks.settled()]);
      }
    });
  } finally {
    await executor.close();
  }
}
