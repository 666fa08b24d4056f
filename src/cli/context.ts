import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RidgelineError } from '../contracts/errors.ts';
import type { ProjectConfig } from './config.ts';

/**
 * What a command may know of the world outside: settings by flag, then environment, then config file, then default,
 * and the two streams.
 * The only reader of the process's environment.
 */
export interface CliContext {
  /** `ridgeline.config.ts`, loaded before a command's action runs. */
  config: ProjectConfig;
  /** Absolute path of the home: `state.db`, `cache/` and, unless `storeUrl` says otherwise, `store/`. */
  readonly home: string;
  /** As given, or `<home>/store`. */
  readonly storeUrl: string;
  /** Kernel threads. */
  readonly threads: number;
  /** Print one JSON document instead of text for people. */
  readonly json: boolean;
  /** A folder that may already hold the public data files. */
  readonly dataDir: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  /** Data only. */
  readonly stdout: NodeJS.WriteStream;
  /** Everything else. */
  readonly stderr: NodeJS.WriteStream;
  /** Colour and progress are for terminals (`NO_COLOR` and `FORCE_COLOR` respected). */
  colour(stream: NodeJS.WriteStream): boolean;
  /** Aborted by Ctrl-C, SIGTERM or SIGHUP; a second Ctrl-C ends the process at once. */
  readonly signal: AbortSignal;
  /** Code the process ends with when the command returns; 0 unless set. */
  exitCode: number;
}

/** A shell can stand in a folder that was deleted: only what needs one fails there. */
function currentFolder(process: NodeJS.Process): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new RidgelineError('NO_FOLDER', 'store', 'the current folder is not there any more', {
      remedy: 'go to another with cd, or make it anew and enter it again',
      cause,
    });
  }
}

/** Settings are read when asked for, after the command line was parsed. */
export function createContext(program: Command, process: NodeJS.Process, signal: AbortSignal): CliContext {
  const { env } = process;
  const setting = (flag: string, variable: string): string | undefined =>
    (program.opts()[flag] as string | undefined) ?? (env[variable] || undefined);
  return {
    config: { file: undefined, settings: {}, modules: undefined },
    get home() {
      return resolve(setting('home', 'RIDGELINE_HOME') ?? this.config.settings.home ?? '.ridgeline');
    },
    get storeUrl() {
      return setting('store', 'RIDGELINE_STORE') ?? this.config.settings.store ?? resolve(this.home, 'store');
    },
    get threads() {
      const given = setting('threads', 'RIDGELINE_THREADS');
      if (given === undefined) return this.config.settings.threads ?? availableParallelism();
      const threads = Number(given);
      if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
      throw new RidgelineError('USAGE', 'usage', `--threads: expected a whole number from 1 to 1024, got "${given}"`, {
        remedy: 'leave it out (and RIDGELINE_THREADS unset) for one thread per core',
      });
    },
    get json() {
      return program.opts()['json'] === true;
    },
    // set to nothing is unset, not the working folder
    get dataDir() {
      return env['RIDGELINE_DATA_DIR'] ? resolve(env['RIDGELINE_DATA_DIR']) : undefined;
    },
    env,
    get cwd() {
      return currentFolder(process);
    },
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    colour: (stream) => (env['NO_COLOR'] ? false : env['FORCE_COLOR'] ? true : stream.isTTY === true),
    signal,
    exitCode: 0,
  };
}
