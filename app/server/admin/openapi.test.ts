import { expect, test } from 'vitest';
import * as z from 'zod';
import { accessRoutes, errorKind, type Route, routes } from './contract.ts';
import { feedEvents } from './contract-live.ts';
import { openApiDocument } from './openapi.ts';

const schema = z.record(z.string(), z.unknown());
const operationShape = z.object({
  operationId: z.string(),
  parameters: z.array(
    z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean(), schema }),
  ),
  requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema }) }) }).optional(),
  responses: z.record(z.string(), z.unknown()),
});
const documentShape = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().regex(/^\//),
    z
      .record(z.enum(['get', 'post', 'patch', 'delete']), operationShape)
      .or(z.partialRecord(z.enum(['get', 'post', 'patch', 'delete']), operationShape)),
  ),
  components: z.object({ schemas: z.object({ Error: schema }), responses: z.record(z.string(), z.unknown()) }),
});

const document = openApiDocument('1.2.3');
const parsed = documentShape.parse(document);
const everyRoute: readonly (readonly [string, Route])[] = Object.entries({ ...accessRoutes, ...routes });

test.each(everyRoute)('%s is described with its parameters, its body, its answer and its refusals', (name, route) => {
  const path = route.path.replace(/:(\w+)/g, '{$1}');
  const operation = operationShape.parse(Object(parsed.paths[path])[route.method.toLowerCase()]);
  expect(operation.operationId).toBe(name);
  const inPath = operation.parameters.filter((one) => one.in === 'path');
  expect(inPath.map((one) => `{${one.name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
  expect(inPath.every(({ required }) => required)).toBe(true);
  const input = route.input instanceof z.ZodObject ? Object.keys(route.input.shape) : [];
  const body: unknown = operation.requestBody?.content['application/json'].schema['properties'] ?? {};
  const query = operation.parameters.filter((one) => one.in === 'query').map((one) => one.name);
  const described = [...inPath.map((one) => one.name), ...query, ...Object.keys(Object(body))];
  expect(described.sort()).toEqual([...input].sort());
  expect(operation.requestBody === undefined).toBe(route.method === 'GET');
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '404', '500']));
});

test('every kind of refusal and every event of the feed is in it', () => {
  const text = JSON.stringify(parsed.components);
  for (const kind of errorKind.options) expect(text).toContain(`"${kind}"`);
  const events = JSON.stringify(parsed.paths['/events']);
  for (const name of Object.keys(feedEvents)) expect(events).toContain(`"${name}":`);
});

test('every reference leads somewhere, and no operation is named twice', () => {
  const references = JSON.stringify(document).match(/"#\/[^"]+"/g) ?? [];
  expect(references.length).toBeGreaterThan(100);
  for (const quoted of new Set(references)) {
    const steps = quoted.slice(3, -1).split('/');
    expect(steps.reduce<unknown>((at, step) => Object(at)[step], document)).toBeDefined();
  }
  expect(JSON.stringify(document)).not.toMatch(/"\$defs"|"#"/);
  const names = Object.values(parsed.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
  expect(new Set(names).size).toBe(names.length);
});

test('no secret can be answered but those that are shown once', () => {
  const answers = everyRoute.map(
    ([name, { output }]) => [name, JSON.stringify(z.toJSONSchema(output, { unrepresentable: 'any' }))] as const,
  );
  const names = answers.filter(([, text]) =>
    /"(secret|password|hash|token|key|proxy|cookie)":\{"type":"string"/.test(text),
  );
  const once = ['beginSecondFactor', 'createKey', 'createKeys', 'makeMetricsToken', 'rotateKey'];
  expect(names.map(([name]) => name).sort()).toEqual(once);
});
