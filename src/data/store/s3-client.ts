import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Environment } from './environment.ts';

/** Of S3-compatible servers that have no regions; they accept it. */
const NO_REGION = 'us-east-1';
const CONNECT_TIMEOUT_MS = 5_000;
/** Longest silence in the middle of an answer. */
const SOCKET_TIMEOUT_MS = 60_000;

/** The endpoint other than AWS's own, if the environment names one. */
export function endpointOf(env: Environment): string | undefined {
  return env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || undefined;
}

/**
 * A client on the standard AWS variables. What they leave open (profile files, roles, instance metadata) the SDK finds
 * as it does everywhere.
 */
export function createS3Client(env: Environment): S3Client {
  const endpoint = endpointOf(env);
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (endpoint === undefined ? undefined : NO_REGION);
  const config: S3ClientConfig = {
    // Only when required: a trailing checksum arrives as data at servers that do not know it.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
  };
  if (endpoint !== undefined) config.endpoint = endpoint;
  if (endpoint !== undefined && !isAws(endpoint)) config.forcePathStyle = true;
  if (region !== undefined) config.region = region;
  if (env['AWS_PROFILE']) config.profile = env['AWS_PROFILE'];
  if (env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY']) {
    config.credentials = {
      accessKeyId: env['AWS_ACCESS_KEY_ID'],
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'],
      ...(env['AWS_SESSION_TOKEN'] && { sessionToken: env['AWS_SESSION_TOKEN'] }),
    };
  }
  return new S3Client(config);
}

function isAws(endpoint: string): boolean {
  return URL.canParse(endpoint) && /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

/** An endpoint as people may see it: without the user and password it may carry. */
export function publicEndpoint(endpoint: string): string {
  if (!URL.canParse(endpoint)) return '(an endpoint that is no URL)';
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
