import { describe, expect, test } from 'vitest';
import type { Fault } from '../../domain/fault.ts';
import type { Headers } from '../../domain/headers.ts';
import { classify } from './errors.ts';

/** 04:00 in California. */
const nowMs = Date.parse('2026-11-20T12:00:00Z');
const untilMidnightMs = 20 * 3_600_000;

interface Given {
  readonly status?: string;
  readonly message?: string;
  readonly details?: readonly object[];
  readonly headers?: Headers;
  readonly body?: string;
}

function faultOf(code: number, given: Given = {}): Fault {
  const { status, message, details, headers = {} } = given;
  const body = given.body ?? JSON.stringify({ error: { code, message, status, details } });
  return classify({ status: code, headers, body: Buffer.from(body), facts: undefined, nowMs });
}

const type = (name: string) => ({ '@type': `type.googleapis.com/google.rpc.${name}` });
const reason = (why: string) => [{ ...type('ErrorInfo'), reason: why, domain: 'googleapis.com' }];
const retry = (retryDelay: string) => ({ ...type('RetryInfo'), retryDelay });
const quota = (...quotaIds: string[]) => ({
  ...type('QuotaFailure'),
  violations: quotaIds.map((quotaId) => ({ quotaId, quotaMetric: 'generativelanguage.googleapis.com/requests' })),
});

const rejected = { kind: 'request-rejected' };
const blocked = { kind: 'account-blocked' };
const overloaded = { kind: 'overloaded' };
const credential = { kind: 'credential-rejected' };
const unsupported = { kind: 'model-unsupported' };
const limited = { kind: 'rate-limited', scope: 'account' };
const modelLimited = { kind: 'rate-limited', scope: 'model' };
const keyMessage = 'API key not valid. Please pass a valid API key.';

describe('classify', () => {
  test.each<[number, Given, object]>([
    [400, { status: 'INVALID_ARGUMENT', message: 'Invalid JSON payload received.' }, rejected],
    [400, { status: 'INVALID_ARGUMENT', message: keyMessage, details: reason('API_KEY_INVALID') }, credential],
    [400, { status: 'INVALID_ARGUMENT', message: keyMessage }, credential],
    [400, { message: 'API key expired. Please renew the API key.' }, credential],
    [400, { status: 'FAILED_PRECONDITION', message: 'User location is not supported for the API use.' }, blocked],
    [
      400,
      { status: 'FAILED_PRECONDITION', message: 'Gemini API free tier is not available in your country.' },
      blocked,
    ],
    [400, { status: 'FAILED_PRECONDITION', details: reason('BILLING_DISABLED') }, blocked],
    [400, { status: 'FAILED_PRECONDITION', message: 'The File abc is not in an ACTIVE state.' }, rejected],
    [401, { status: 'UNAUTHENTICATED' }, credential],
    [402, {}, blocked],
    [403, { status: 'PERMISSION_DENIED', message: 'Your API key was reported as leaked.' }, credential],
    [403, { status: 'PERMISSION_DENIED', details: reason('API_KEY_SERVICE_BLOCKED') }, credential],
    [403, { status: 'PERMISSION_DENIED', details: reason('SERVICE_DISABLED') }, blocked],
    [403, { status: 'PERMISSION_DENIED', details: reason('CONSUMER_SUSPENDED') }, blocked],
    [403, { status: 'PERMISSION_DENIED', details: reason('ACCESS_TOKEN_SCOPE_INSUFFICIENT') }, credential],
    [403, { status: 'PERMISSION_DENIED', details: reason('VALIDATION_REQUIRED') }, blocked],
    [403, { status: 'PERMISSION_DENIED', details: reason('SUBSCRIPTION_REQUIRED') }, blocked],
    [403, { status: 'PERMISSION_DENIED', details: reason('TOS_VIOLATION') }, blocked],
    [403, { message: 'This service has been disabled in this account for violation of Terms' }, blocked],
    [403, { message: "Permission 'cloudaicompanion.companions.generateChat' denied on resource '//x'" }, blocked],
    [403, { message: 'Cloud Code Private API has not been used in project 7 before or it is disabled.' }, blocked],
    [429, { details: reason('MODEL_CAPACITY_EXHAUSTED') }, overloaded],
    [503, { details: [...reason('MODEL_CAPACITY_EXHAUSTED'), retry('40s')] }, { ...overloaded, retryAfterMs: 40_000 }],
    [403, { status: 'PERMISSION_DENIED', message: 'You do not have permission to access the File abc.' }, rejected],
    [404, { status: 'NOT_FOUND', message: 'models/gemini-x is not found for API version v1beta.' }, unsupported],
    [404, { status: 'NOT_FOUND', message: 'This model models/gemini-x is no longer available.' }, unsupported],
    [404, { status: 'NOT_FOUND', message: 'Requested entity was not found.' }, rejected],
    [405, {}, rejected],
    [408, {}, overloaded],
    [413, {}, rejected],
    [429, { status: 'RESOURCE_EXHAUSTED', message: 'Resource has been exhausted (e.g. check quota).' }, limited],
    [429, { details: [retry('34.5s')] }, { ...limited, retryAfterMs: 34_500 }],
    [429, { message: 'Quota exceeded. Please retry in 20.25s.' }, { ...limited, retryAfterMs: 20_250 }],
    [429, { headers: { 'retry-after': '9' } }, { ...limited, retryAfterMs: 9_000 }],
    [429, { details: [retry('900000000s')] }, limited],
    [499, { status: 'CANCELLED' }, overloaded],
    [500, { status: 'INTERNAL' }, overloaded],
    [503, { status: 'UNAVAILABLE', details: [retry('3s')] }, { ...overloaded, retryAfterMs: 3_000 }],
    [504, { status: 'DEADLINE_EXCEEDED' }, overloaded],
    [302, {}, { kind: 'unreachable', phase: 'first-byte', detail: 'answered with HTTP 302' }],
  ])('%i %j', (code, given, expected) => {
    expect(faultOf(code, given)).toEqual(expected);
  });

  test('A09 window-headers: a limit is the model’s when all its quotas are, and a used-up day lasts until it is over', () => {
    const perMinute = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';
    const perDay = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
    const perProject = 'GenerateRequestsPerMinutePerProject';
    const limit = (...details: object[]) => faultOf(429, { details });
    expect([
      limit(quota(perMinute), retry('12s')),
      limit(quota(perMinute, perProject), retry('12s')),
      limit(quota(perMinute, perDay), retry('12s')),
      limit(quota(perDay), retry('51820.6s')),
      limit({ ...type('QuotaFailure'), violations: [{ quotaId: 'New', quotaDimensions: { model: 'gemini-x' } }] }),
      limit(quota()),
    ]).toEqual([
      { ...modelLimited, retryAfterMs: 12_000 },
      { ...limited, retryAfterMs: 12_000 },
      { ...modelLimited, retryAfterMs: untilMidnightMs },
      { ...modelLimited, retryAfterMs: 51_820_600 },
      modelLimited,
      limited,
    ]);
  });

  test('A09 window-headers: Code Assist names the model and the hour at which its quota is full again', () => {
    const metadata = { model: 'gemini-x', quotaResetDelay: '33740.9s', quotaResetTimeStamp: '2026-11-20T21:22:21Z' };
    const info = { ...type('ErrorInfo'), reason: 'QUOTA_EXHAUSTED', domain: 'cloudcode-pa.googleapis.com', metadata };
    const personal = 'Individual quota reached. Please upgrade your subscription to increase your limits.';
    expect([
      faultOf(429, { details: [info, retry('33740.910400305s')] }),
      faultOf(429, { details: [info] }),
      faultOf(429, { message: personal, details: [info, retry('33740.910400305s')] }),
      faultOf(429, { details: [{ ...info, metadata: { ...metadata, quotaResetTimeStamp: 'soon' } }] }),
    ]).toEqual([
      { ...modelLimited, retryAfterMs: 33_740_911 },
      { ...modelLimited, retryAfterMs: 33_741_000 },
      { ...limited, retryAfterMs: 33_740_911 },
      modelLimited,
    ]);
  });

  test.each<[string, object]>([
    ['UNAVAILABLE', overloaded],
    ['INTERNAL', overloaded],
    ['RESOURCE_EXHAUSTED', limited],
    ['UNAUTHENTICATED', credential],
    ['PERMISSION_DENIED', rejected],
    ['NOT_FOUND', rejected],
    ['INVALID_ARGUMENT', rejected],
    ['A_NEW_CODE', overloaded],
    ['__proto__', overloaded],
  ])('S04 error-event-in-200: %s inside a stream means what its status would mean', (status, expected) => {
    expect(faultOf(200, { status })).toEqual(expected);
    expect(faultOf(200, { body: JSON.stringify({ type: 'error', error: { type: status } }) })).toEqual(expected);
  });

  test('a stream that was asked for as an array fails with an array', () => {
    const body = JSON.stringify([{ error: { code: 429, details: [quota('PerProject'), retry('5s')] } }]);
    expect(faultOf(429, { body })).toEqual({ ...limited, retryAfterMs: 5_000 });
  });

  test.each([
    ['a web page', '<html>model not found</html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an error that is text', '{"error":"models/x is not found"}'],
    ['a list of odd details', '{"error":{"details":[null,7,{"@type":1}],"message":{}}}'],
    ['a megabyte', JSON.stringify({ error: { message: 'API key not valid '.repeat(100_000) } })],
  ])('S06 no-content-type / wrong type: a body that is %s says nothing, the status does', (_, body) => {
    expect([200, 400, 401, 402, 403, 404, 429, 500, 503].map((code) => faultOf(code, { body }).kind)).toEqual([
      'overloaded',
      'request-rejected',
      'credential-rejected',
      'account-blocked',
      'request-rejected',
      'request-rejected',
      'rate-limited',
      'overloaded',
      'overloaded',
    ]);
  });

  test('a client cannot block an account with words that the upstream quotes', () => {
    for (const words of [keyMessage, 'User location is not supported', 'Your API key was reported as leaked']) {
      expect(faultOf(400, { message: `Invalid value at 'contents[0]': "${words}"` })).toEqual(rejected);
      expect(faultOf(403, { message: `Not allowed: ${words}` })).toEqual(rejected);
    }
  });
});
