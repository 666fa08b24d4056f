import { RidgelineError } from '../../contracts/errors.ts';

/** What messages may name: never a credential. */
export interface S3Place {
  readonly bucket: string;
  /** Undefined for AWS itself. */
  readonly endpoint: string | undefined;
}

/** Fields of an error of the S3 client that we go by. */
interface S3Failure {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const DENIED = new Set([
  'AccessDenied',
  'AccountProblem',
  'AllAccessDisabled',
  'CredentialsProviderError',
  'ExpiredToken',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'TokenRefreshRequired',
]);
const SKEWED = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);
const FULL = new Set(['XMinioStorageFull', 'QuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'InsufficientStorage']);

export function s3ErrorName(thrown: unknown): string {
  const { name, Code, code } = thrown as S3Failure;
  return Code ?? (name === undefined || name === 'Error' ? code : name) ?? 'unknown';
}

export function httpStatus(thrown: unknown): number | undefined {
  return (thrown as S3Failure).$metadata?.httpStatusCode;
}

/** True when the bucket is there and the object is not. */
export function isNoSuchKey(thrown: unknown): boolean {
  return s3ErrorName(thrown) === 'NoSuchKey';
}

/**
 * Says what an S3 server or the way to it refused, in one line.
 *
 * @param subject what was done to what: `write data/housing.csv`
 */
export function s3Error(thrown: unknown, subject: string, place: S3Place): RidgelineError {
  if (RidgelineError.is(thrown)) return thrown;
  const name = s3ErrorName(thrown);
  const status = httpStatus(thrown);
  const server = place.endpoint ?? 'AWS S3';
  const fail = (code: string, reason: string, remedy: string): RidgelineError =>
    new RidgelineError(code, 'store', `store: cannot ${subject} in s3://${place.bucket} at ${server}: ${reason}`, {
      remedy,
      cause: thrown,
    });

  if (name === 'NoSuchBucket') {
    const option = place.endpoint === undefined ? '' : ` --endpoint-url ${place.endpoint}`;
    return fail(
      'STORE_NO_BUCKET',
      'the bucket does not exist',
      `create it with: npx ridgeline doctor --store s3://${place.bucket} --create-bucket (or: aws s3 mb s3://${place.bucket}${option})`,
    );
  }
  if (SKEWED.has(name)) {
    return fail(
      'STORE_CLOCK_SKEW',
      `this machine's clock and the server's differ too much (${name})`,
      'set the clock of this machine; ridgeline doctor shows by how much it is off',
    );
  }
  if (name === 'NoSuchKey' || name === 'NotFound' || status === 404) {
    return fail('STORE_NOT_FOUND', 'no such object', 'list what there is with ridgeline dataset list');
  }
  if (name === 'CredentialsProviderError') {
    return fail(
      'STORE_DENIED',
      'no credentials were found',
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
    );
  }
  if (DENIED.has(name) || status === 401 || status === 403) {
    return fail(
      'STORE_DENIED',
      `not allowed (${name === 'Unknown' ? `HTTP ${status}` : name})`,
      'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may get, put, delete and list in this bucket',
    );
  }
  if (FULL.has(name) || status === 507)
    return fail('STORE_FULL', `it is full (${name})`, 'free some space or raise the quota');
  if (/region is missing/i.test((thrown as S3Failure).message ?? '')) {
    return fail('STORE_URL', 'no region is set', 'set AWS_REGION, or AWS_ENDPOINT_URL_S3 for another server than AWS');
  }
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed' || status === 301) {
    return fail('STORE_URL', 'the bucket is in another region', 'set AWS_REGION to the region of the bucket');
  }
  return fail(
    'STORE_UNREACHABLE',
    status === undefined ? `no answer (${name})` : `HTTP ${status} (${name})`,
    place.endpoint === undefined
      ? 'check the network; set AWS_ENDPOINT_URL_S3 for another server than AWS'
      : `check that the server runs at ${place.endpoint} (AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL)`,
  );
}
