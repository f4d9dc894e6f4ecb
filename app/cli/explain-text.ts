import type { Output } from '../server/admin/contract.ts';
import { choiceLines, nameOf } from './explain-choice.ts';
import { costLines } from './explain-cost.ts';
import { count, money } from './numbers.ts';
import type { Page } from './page.ts';
import { plain, wrap } from './text.ts';
import { dateTime, duration } from './time.ts';

type Explained = Output<'explainCall'>;
type Attempt = Explained['call']['attempts'][number];

/** The whole story of a call, in sentences. */
export function explanationText(page: Page, explained: Explained): string {
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['The call', callLines(explained)],
    ['Choosing an account', [...choiceLines(explained), ...waitLines(explained)]],
    ['Attempts', attemptLines(explained)],
    ['Tokens', tokenLines(explained)],
    ['Cost', costLines(explained)],
  ];
  return sections
    .map(([title, lines]) => [page.paint('bold', title), ...lines.map((line) => wrap(plain(line), page.width, '  '))])
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function callLines({ call, keyName }: Explained): readonly string[] {
  const key = keyName === null ? (call.keyId ?? 'nobody known') : keyName;
  return [
    `${call.requestId}, on ${dateTime(call.startedAt)}.`,
    `The key "${key}" asked for ${call.model} (${call.route}).`,
    `${ending(call)} It took ${duration(call.durationMs)}${
      call.firstByteMs === null ? '' : `; the first byte came after ${duration(call.firstByteMs)}`
    }.`,
  ];
}

function ending({ status, httpStatus, errorKind }: Explained['call']): string {
  const answered = httpStatus === null ? '' : ` with status ${httpStatus}`;
  if (status === 'completed') return `It was completed${answered}.`;
  if (status === 'aborted') return 'The client left before the answer was complete.';
  return `It failed${answered}${errorKind === null ? '' : ` (${errorKind})`}.`;
}

function waitLines({ waits, accountNames }: Explained): readonly string[] {
  return waits.map(({ reason, accountIds, ms, position, ended }) => {
    if (reason === 'key') return `It waited ${duration(ms)} for another call of its key to end, at place ${position}.`;
    const names = accountIds.map((id) => nameOf(id, accountNames)).join(' or ');
    return `It waited ${duration(ms)} for ${names}, at place ${position} of its key, ${waitEnds[ended]}.`;
  });
}

const waitEnds: Readonly<Record<Explained['waits'][number]['ended'], string>> = {
  account: 'and got it',
  full: 'but too many waited already',
  late: 'in vain',
  gone: 'until the client left',
};

const faults: Readonly<Record<string, string>> = {
  'rate-limited': 'it was at its limit',
  overloaded: 'it was overloaded',
  'credential-rejected': 'it rejected the credential',
  'account-blocked': 'it has blocked the account',
  'model-unsupported': 'it does not know the model',
  'clock-skewed': 'it refused the time of this computer’s clock',
  'not-carried': 'its protocol cannot say what was asked',
  'request-rejected': 'it rejected the request, which another account would have done too',
  unreachable: 'the connection failed',
};

function attemptLines({ call, accountNames }: Explained): readonly string[] {
  if (call.attempts.length === 0) return ['Nothing was sent upstream.'];
  return call.attempts.map(
    (attempt, index) => `${index + 1}. ${attemptLine(attempt, nameOf(attempt.accountId, accountNames))}`,
  );
}

function attemptLine(attempt: Attempt, name: string): string {
  const { fault, status, durationMs, detail, upstreamRequestId, isCancelled } = attempt;
  const phases = phasesOf(attempt);
  const answered = status === undefined ? 'no status' : `status ${status}`;
  const named = upstreamRequestId === undefined ? '' : ` The upstream calls it ${upstreamRequestId}.`;
  if (isCancelled)
    return `${name} was cancelled after ${duration(durationMs)}: another account had content first.${lostCost(attempt)}${named}`;
  if (fault === undefined) return `${name} served it (${answered}, ${duration(durationMs)}${phases}).${named}`;
  const why = Object.hasOwn(faults, fault) ? faults[fault] : fault;
  const more = detail === undefined ? '' : ` (${detail})`;
  return `${name} did not serve it after ${duration(durationMs)} (${answered}): ${why}${more}.${named}`;
}

function lostCost({ costNanoUsd }: Attempt): string {
  return costNanoUsd === undefined
    ? ''
    : ` It may have cost ${money(costNanoUsd)} all the same, which its key does not pay.`;
}

const bases: Readonly<Record<Explained['call']['basis'], string>> = {
  reported: 'As the upstream reported them:',
  estimated: 'Estimated, at least these: the answer ended before the upstream reported them.',
  none: 'None were used.',
};

function tokenLines({ call }: Explained): readonly string[] {
  if (call.basis === 'none') return [bases.none];
  const entries: readonly (readonly [string, number])[] = [
    ['input', call.inputTokens],
    ['read from the cache', call.cacheReadTokens],
    ['written to the cache for 5 minutes', call.cacheWrite5mTokens],
    ['written to the cache for 1 hour', call.cacheWrite1hTokens],
    ['output', call.outputTokens],
    ['of the output for thinking', call.thinkingTokens],
    ['of the input as audio', call.audioInputTokens],
    ['of the input as pictures', call.imageInputTokens],
    ['of the output as audio', call.audioOutputTokens],
    ['of the output as pictures', call.imageOutputTokens],
  ];
  const shown = entries.filter(([name, tokens]) => tokens > 0 || name === 'input' || name === 'output');
  const amounts = `${shown.map(([name, tokens]) => `${count(tokens)} ${name}`).join(', ')}.`;
  return [bases[call.basis], amounts, ...servedLines(call), ...call.anomalies.map(anomalyLine)];
}

function servedLines({ servedModel, serviceTier, speed }: Explained['call']): readonly string[] {
  const said = [
    ...(servedModel === null ? [] : [`the model ${servedModel}`]),
    ...(isUsual(serviceTier) ? [] : [`the service tier ${serviceTier}`]),
    ...(isUsual(speed) ? [] : [`the speed ${speed}`]),
  ];
  return said.length === 0 ? [] : [`The answer named ${said.join(', ')}.`];
}

function isUsual(label: string | null): boolean {
  return label === null || label === 'standard' || label === 'default';
}

const anomalies: Readonly<Record<string, string>> = {
  'part-exceeds-total': 'The upstream’s numbers do not add up: it read more from its cache than it was sent.',
  'reports-differ': 'The upstream counted these tokens a second time, with another result.',
};

function anomalyLine(anomaly: string): string {
  return (Object.hasOwn(anomalies, anomaly) ? anomalies[anomaly] : undefined) ?? anomaly;
}

/** Where the time went: until the head of the answer, and until its first content. */
function phasesOf({ waitedMs, firstByteMs, contentMs }: Attempt): string {
  const phases = [
    waitedMs === undefined ? '' : `, waited ${duration(waitedMs)} before`,
    firstByteMs === undefined ? '' : `, first byte after ${duration(firstByteMs)}`,
    contentMs === undefined ? '' : `, content after ${duration(contentMs)}`,
  ];
  return phases.join('');
}
