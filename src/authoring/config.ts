import type { Hooks } from '../contracts/context.ts';
import { RidgelineError } from '../contracts/errors.ts';

/** What a hook is told about: a run that has ended, or a task that will be tried again. */
export type HookEvent = 'success' | 'failed' | 'retry';

/** A plain webhook: the event as a JSON body, by POST. */
export interface Webhook {
  /** `https:` or `http:`. */
  readonly url: string;
  /** Default: failures only. */
  readonly on?: readonly HookEvent[];
}

/**
 * What `ridgeline.config.ts` exports: the settings of one project. A flag or an environment variable goes before what
 * stands here; paths start at the file's folder. Its `onSuccess`, `onFailure` and `onRetry` are those of every pipeline.
 */
export interface RidgelineConfig extends Hooks {
  /** State and cache. Default `.ridgeline`. */
  readonly home?: string;
  /** Folder, `file:///…` or `s3://bucket/prefix`. Default `<home>/store`. */
  readonly store?: string;
  /** Kernel threads. Default: one per core. */
  readonly threads?: number;
  /** JavaScript heap of a task's thread, MB; tables and models live beside it. Default 512. */
  readonly taskHeapMb?: number;
  /** Files that export pipelines, or patterns of such: `pipelines/*.ts`. Absent: the examples that come with Ridgeline. */
  readonly pipelines?: readonly string[];
  /** How many tasks may hold a named slot at once: `{ gpu: 1 }`. One that is not named here takes one task at a time. */
  readonly slots?: Readonly<Record<string, number>>;
  readonly hooks?: readonly Webhook[];
  /** How long a call of `onSuccess`, `onFailure` or `onRetry` may take, anybody's. Default 30,000. */
  readonly hookTimeoutMs?: number;
  /**
   * Environment variables whose values are shown as `***` in logs and messages: `env:PRICES_LOGIN`. Those whose names end
   * in TOKEN, SECRET, PASSWORD or _KEY are, unasked.
   */
  readonly secrets?: readonly `env:${string}`[];
}

/** Gives the compiler's help to `export default defineConfig({ … })`; the value is checked when it is loaded. */
export function defineConfig(config: RidgelineConfig): RidgelineConfig {
  return config;
}

const EVENTS: readonly unknown[] = ['success', 'failed', 'retry'] satisfies HookEvent[];

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
const isListOf = (value: unknown, holds: (each: unknown) => boolean): value is readonly unknown[] =>
  Array.isArray(value) && value.every(holds);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Setting = readonly [expected: string, holds: (value: unknown) => boolean];
const FUNCTION: Setting = ['a function', (value) => typeof value === 'function'];

const SETTINGS: Readonly<Record<keyof RidgelineConfig, Setting>> = {
  home: ['a path', isText],
  store: ['a path or URL', isText],
  threads: ['a whole number from 1', isCount],
  taskHeapMb: ['a whole number of megabytes from 32', (value) => isCount(value) && (value as number) >= 32],
  pipelines: ['a list of paths', (value) => isListOf(value, isText) && value.length > 0],
  slots: [
    'a record of whole numbers from 1, by name',
    (value) => isRecord(value) && isListOf(Object.values(value), isCount),
  ],
  secrets: ["a list of 'env:NAME'", (value) => isListOf(value, (each) => /^env:\w+$/.test(String(each)))],
  hooks: ["a list of { url, on }, `on` of 'success', 'failed', 'retry'", (value) => isListOf(value, isWebhook)],
  hookTimeoutMs: ['a whole number from 1', isCount],
  onSuccess: FUNCTION,
  onFailure: FUNCTION,
  onRetry: FUNCTION,
};

function isWebhook(value: unknown): boolean {
  if (!isRecord(value) || !Object.keys(value).every((key) => key === 'url' || key === 'on')) return false;
  const { url, on = [] } = value;
  const isWeb = isText(url) && /^https?:$/.test(URL.parse(url as string)?.protocol ?? '');
  return isWeb && isListOf(on, (event) => EVENTS.includes(event));
}

/**
 * Checks what a config file exports by default.
 *
 * @param file how messages name it
 * @throws {RidgelineError} BAD_CONFIG naming the setting, what it must be and what it is.
 */
export function checkConfig(value: unknown, file: string): RidgelineConfig {
  if (!isRecord(value)) {
    const message = `${file}: expected a default export with settings, got ${typeof value}`;
    throw new RidgelineError('BAD_CONFIG', 'usage', message, { remedy: 'write: export default defineConfig({ … })' });
  }
  for (const [name, setting] of Object.entries(value)) {
    if (!Object.hasOwn(SETTINGS, name)) {
      throw new RidgelineError('BAD_CONFIG', 'usage', `${file}: there is no setting "${name}"`, {
        remedy: `settings: ${Object.keys(SETTINGS).join(', ')}`,
      });
    }
    const [expected, holds] = SETTINGS[name as keyof RidgelineConfig];
    if (setting === undefined || holds(setting)) continue;
    // Who writes a secret itself there does not want to read it here.
    const got = name === 'secrets' ? typeof setting : show(setting);
    throw new RidgelineError('BAD_CONFIG', 'usage', `${file}: ${name} must be ${expected}, got ${got}`, {
      remedy: `correct ${name}, or leave it out`,
    });
  }
  return value as RidgelineConfig;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
