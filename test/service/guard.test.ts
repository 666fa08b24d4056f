import { describe, expect, test } from 'vitest';
import { refuse } from '../../src/engine/service/guard.ts';

const own = { host: '127.0.0.1:8723' };
const json = { 'content-type': 'application/json' };

describe('without a token, on this machine', () => {
  test.each([
    ['a program', 'GET', own],
    ['a program that posts', 'POST', { ...own, ...json }],
    ['a page of ours', 'POST', { ...own, ...json, origin: 'http://127.0.0.1:8723', 'sec-fetch-site': 'same-origin' }],
    ['an address typed in', 'GET', { ...own, 'sec-fetch-site': 'none' }],
    ['localhost', 'GET', { host: 'localhost:8723' }],
    ['IPv6', 'GET', { host: '[::1]:8723' }],
    ['a file', 'POST', { ...own, 'content-type': 'text/csv' }],
  ])('answers %s', (_name, method, headers) => {
    expect(refuse(method, headers, undefined)).toBeUndefined();
  });

  test.each([
    ['a name that was made to point here', 'GET', { host: 'evil.example' }, 421],
    ['a name that begins like this machine', 'GET', { host: '127.0.0.1.evil.example' }, 421],
    ['no name', 'GET', {}, 421],
    ['a page of another site', 'POST', { ...own, ...json, origin: 'https://evil.example' }, 403],
    ['a page of another port', 'POST', { ...own, ...json, origin: 'http://127.0.0.1:3000' }, 403],
    ['a page in a sandbox', 'POST', { ...own, ...json, origin: 'null' }, 403],
    ['an image on another site', 'GET', { ...own, 'sec-fetch-site': 'cross-site' }, 403],
    ['a form', 'POST', { ...own, 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a form that says it is text', 'POST', { ...own, 'content-type': 'Text/Plain; charset=utf-8' }, 415],
    ['a body of no kind', 'POST', own, 415],
  ])('refuses %s', (_name, method, headers, status) => {
    expect(refuse(method, headers, undefined)).toMatchObject({ status });
  });
});

describe('with a token', () => {
  const host = { host: 'pipelines.example' };
  test.each([
    ['none', {}, 401],
    ['another', { authorization: 'Bearer x' }, 401],
    ['in another scheme', { authorization: 'secret' }, 401],
    ['the right one', { authorization: 'Bearer secret' }, undefined],
    ['the right one from another site', { authorization: 'Bearer secret', origin: 'https://evil.example' }, 403],
  ])('%s', (_name, headers, status) => {
    expect(refuse('GET', { ...host, ...headers }, 'secret')?.status).toBe(status);
  });
});
