import type { ErrorInfo } from '../../contracts/errors.ts';

/** Environment variables that hold secrets by their names: `MLFLOW_TRACKING_TOKEN`, `AWS_SECRET_ACCESS_KEY`, `PGPASSWORD`. */
const SECRET_NAME = /(TOKEN|SECRET|PASSWORD|(^|_)KEY)$/i;
/** Masking less would tear up every line and hide nothing. */
const MIN_LENGTH = 4;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Values that must not be seen: of variables whose names say so, and of those that are named here.
 *
 * @param names of more environment variables
 */
export function secretsOf(env: Env, names: readonly string[]): readonly string[] {
  const secret = Object.keys(env).filter((name) => SECRET_NAME.test(name) || names.includes(name));
  const values = secret.flatMap((name) => {
    const value = env[name] ?? '';
    // A log is kept by lines, and a key in PEM has several.
    return [value, ...value.split('\n')].map((part) => part.trim());
  });
  return [...new Set(values)].filter(({ length }) => length >= MIN_LENGTH);
}

/** Replaces every secret in a text by `***`, also as it stands in JSON or in a URL. */
export type Mask = (text: string) => string;

export function createMask(secrets: readonly string[]): Mask {
  const forms = secrets.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), inUrl(value)]);
  // The longest first: one secret may be how another begins.
  const ordered = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return (text) => ordered.reduce((masked, form) => masked.replaceAll(form, '***'), text);
}

const inUrl = (value: string): string => encodeURIComponent(value.toWellFormed());

export function maskError(mask: Mask, error: ErrorInfo): ErrorInfo {
  const { message, remedy, stack } = error;
  return {
    ...error,
    message: mask(message),
    ...(remedy !== undefined && { remedy: mask(remedy) }),
    ...(stack !== undefined && { stack: mask(stack) }),
  };
}
