import type { AlertDetail } from '../domain/alert.ts';
import { countOf, type Held } from './held.ts';
import { type NotificationType, notificationTypes } from './rules.ts';
import en from './texts/en.json' with { type: 'json' };
import ja from './texts/ja.json' with { type: 'json' };
import zhCn from './texts/zh-cn.json' with { type: 'json' };
import { type Language, momentText, percentText, type Words } from './words.ts';

type TextKey = keyof typeof en;

/** A missing translation does not compile. */
const tables: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, 'zh-CN': zhCn, ja };

/** The one place where an alert becomes words, for notifications and for webhooks. */
export function alertSentence(alert: AlertDetail, words: Words, now: number): string {
  const { subjectName, otherName = '', window = '', percent = 100, used, runsOutAt, resetsAt } = alert;
  const at = runsOutAt ?? resetsAt;
  return fill(tables[words.language][textOf(alert)], {
    name: subjectName,
    other: otherName,
    window,
    count: String(used),
    percent: percentText(percent / 100, words),
    time: at === undefined ? '' : momentText(at, now, words),
  });
}

/** What was held while it was quiet, in one message: how many of what, and the newest of it a line each. */
export function heldText(held: Held, words: Words, now: number): string {
  const texts = tables[words.language];
  const kinds = notificationTypes.flatMap((type) => (held.counts[type] ? [kindText(type, held, texts)] : []));
  const lines = held.newest.map((alert) => {
    const sentence = alertSentence(alert, words, alert.at);
    return fill(texts['held-line'], { time: momentText(alert.at, now, words), sentence });
  });
  const more = countOf(held) - lines.length;
  return [
    fill(texts.held, { kinds: new Intl.ListFormat(words.language).format(kinds) }),
    ...lines,
    ...(more > 0 ? [fill(texts['held-more'], { count: String(more) })] : []),
  ].join('\n');
}

function kindText(type: NotificationType, { counts }: Held, texts: (typeof tables)[Language]): string {
  return `${texts[`type-${type}`]} ×${counts[type]}`;
}

/** What is told when somebody only wants to see that it arrives. */
export function testSentence(language: Language): string {
  return tables[language].test;
}

function textOf({ kind, used, resetsAt }: AlertDetail): TextKey {
  if (kind === 'failed-over' && used > 1) return 'failed-over-many';
  if (kind === 'accounts-unavailable' && resetsAt !== undefined) return 'accounts-unavailable-until';
  return kind;
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}
