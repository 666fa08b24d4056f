import type { RidgelineError } from '../contracts/errors.ts';

/** One object of a JSON document with checked access to its fields. Messages name a field by its whole path: `chain[0].mean`. */
export class JsonFields {
  readonly values: Readonly<Record<string, unknown>>;
  readonly #error: (what: string) => RidgelineError;
  readonly #path: string;

  /** @param error makes the document's own error from what is wrong in it */
  constructor(values: Readonly<Record<string, unknown>>, error: (what: string) => RidgelineError, path = '') {
    this.values = values;
    this.#error = error;
    this.#path = path;
  }

  wrong(key: string, expected: string, got: unknown): RidgelineError {
    return this.#error(`"${this.#path}${key}" must be ${expected}, got ${describeJson(got)}`);
  }

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  isNull(key: string): boolean {
    return this.values[key] === null;
  }

  text(key: string): string {
    const value = this.values[key];
    if (typeof value !== 'string') throw this.wrong(key, 'a text', value);
    return value;
  }

  flag(key: string): boolean {
    const value = this.values[key];
    if (typeof value !== 'boolean') throw this.wrong(key, 'true or false', value);
    return value;
  }

  number(key: string): number {
    const value = this.values[key];
    if (!isFinite(value)) throw this.wrong(key, 'a finite number', value);
    return value;
  }

  count(key: string): number {
    const value = this.number(key);
    if (!Number.isSafeInteger(value) || value < 1) throw this.wrong(key, 'a whole number from 1', value);
    return value;
  }

  oneOf<const Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const value = this.values[key];
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.wrong(key, choices.map((choice) => `"${choice}"`).join(' or '), value);
    return found;
  }

  /** An array of finite numbers, of `length` if given. */
  numbers(key: string, length?: number): number[] {
    const value = this.#array(key, length);
    const index = value.findIndex((element) => !isFinite(element));
    if (index >= 0) throw this.wrong(`${key}[${index}]`, 'a finite number', value[index]);
    return value as number[];
  }

  texts(key: string): string[] {
    const value = this.#array(key);
    const index = value.findIndex((element) => typeof element !== 'string');
    if (index >= 0) throw this.wrong(`${key}[${index}]`, 'a text', value[index]);
    return value as string[];
  }

  /** An array of arrays, of `length` if given. */
  lists(key: string, length?: number): (readonly unknown[])[] {
    const value = this.#array(key, length);
    const index = value.findIndex((element) => !Array.isArray(element));
    if (index >= 0) throw this.wrong(`${key}[${index}]`, 'an array', value[index]);
    return value as (readonly unknown[])[];
  }

  object(key: string): JsonFields {
    const value = this.values[key];
    if (!isJsonObject(value)) throw this.wrong(key, 'an object', value);
    return new JsonFields(value, this.#error, `${this.#path}${key}.`);
  }

  objects(key: string): JsonFields[] {
    return this.#array(key).map((element, index) => {
      if (!isJsonObject(element)) throw this.wrong(`${key}[${index}]`, 'an object', element);
      return new JsonFields(element, this.#error, `${this.#path}${key}[${index}].`);
    });
  }

  #array(key: string, length?: number): readonly unknown[] {
    const value = this.values[key];
    if (!Array.isArray(value)) throw this.wrong(key, 'an array', value);
    if (length !== undefined && value.length !== length) {
      throw this.wrong(key, `an array of length ${length}`, `one of length ${value.length}`);
    }
    return value;
  }
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A JSON value for a message: short, and `nothing` for a missing one. */
export function describeJson(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 40);
}
