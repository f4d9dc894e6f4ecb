import * as z from 'zod';
import { accessRoutes, adminRoot, csrfHeader, errorBody, type Route, routes } from './contract.ts';
import { eventsPath, feedEvents } from './contract-live.ts';
import { exportPath, exportQuestion } from './contract-usage.ts';
import { statusOf } from './errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** The admin API as an OpenAPI 3.1 document, made from the same table as everything else. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<Route>({ ...accessRoutes, ...routes })) {
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  paths[eventsPath] = { get: eventOperation };
  paths[exportPath] = { get: exportOperation() };
  const shared: Record<string, unknown> = {};
  const described = hoisted(paths, shared);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waystation admin API',
      version,
      description:
        'Everything that the admin pages and the command line do. Served on the relay’s own address, and to that address only.',
    },
    servers: [{ url: adminRoot }],
    paths: described,
    components: {
      schemas: { Error: schemaOf(errorBody, 'output'), ...shared },
      responses: Object.fromEntries([...statuses()].map(([status, kinds]) => [nameOf(status), refusal(kinds)])),
      securitySchemes: {
        controlToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'From runtime.json; another one after each start.',
        },
        session: { type: 'apiKey', in: 'cookie', name: 'waystation_PORT', description: `With ${csrfHeader}: 1.` },
      },
    },
    security: [{ controlToken: [] }, { session: [] }],
  };
}

/** A schema's own definitions would be looked for at the document's root: they move to where it has them. */
function hoisted(node: unknown, shared: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((one) => hoisted(one, shared));
  if (typeof node !== 'object' || node === null) return node;
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(node)) {
    if (name === '$defs') Object.assign(shared, hoisted(value, shared));
    else if (name === '$ref') kept[name] = String(value).replace('#/$defs/', '#/components/schemas/');
    else kept[name] = hoisted(value, shared);
  }
  return kept;
}

function operationOf(operationId: string, route: Route): Json {
  const input = schemaOf(route.input, 'input');
  const named = namesIn(route);
  const isGet = route.method === 'GET';
  const rest = isGet ? undefined : withoutFields(input, named);
  return {
    operationId,
    tags: [route.path.split('/')[1] ?? ''],
    parameters: [
      ...named.map((name) => parameter(input, { name, in: 'path' })),
      ...(isGet ? queryNames(input, named).map((name) => parameter(input, { name, in: 'query' })) : []),
      ...(isGet ? [] : [csrfParameter]),
    ],
    ...(rest === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: rest } } } }),
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: schemaOf(route.output, 'output') } } },
      ...Object.fromEntries(
        [...statuses().keys()].map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]),
      ),
    },
    ...(operationId === 'openSession' || operationId === 'showSession' ? { security: [] } : {}),
  };
}

const csrfParameter = {
  name: csrfHeader,
  in: 'header',
  required: false,
  description: 'Needed beside the session cookie.',
  schema: { const: '1' },
};

/** The rows of calls as a file. */
function exportOperation(): Json {
  const question: Route = { method: 'GET', path: exportPath, input: exportQuestion, output: z.string() };
  const { responses, ...operation } = operationOf('exportUsage', question);
  const content = { 'text/csv': { schema: { type: 'string' } }, 'application/json': { schema: { type: 'array' } } };
  return { ...operation, responses: { ...Object(responses), 200: { description: 'A file', content } } };
}

const eventOperation = {
  operationId: 'events',
  tags: ['events'],
  summary: 'What happens, as server-sent events; goes on after Last-Event-ID, or says reset.',
  parameters: [{ name: 'last-event-id', in: 'header', required: false, schema: { type: 'string' } }],
  responses: {
    200: {
      description: 'A stream; the schema tells the data of each event by its name.',
      content: {
        'text/event-stream': {
          schema: {
            type: 'object',
            properties: Object.fromEntries(
              Object.entries(feedEvents).map(([name, event]) => [name, schemaOf(event, 'output')]),
            ),
          },
        },
      },
    },
    401: { $ref: '#/components/responses/Status401' },
  },
};

function refusal(kinds: readonly string[]): Json {
  return {
    description: `Refused: ${kinds.join(', ')}`,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

/** The kinds of refusal by their status. */
function statuses(): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const [kind, status] of Object.entries(statusOf)) found.set(status, [...(found.get(status) ?? []), kind]);
  return found;
}

function nameOf(status: number): string {
  return `Status${status}`;
}

function pathOf({ path }: Route): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function namesIn({ path }: Route): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function propertiesOf({ properties }: Json): Json {
  return typeof properties === 'object' && properties !== null ? { ...properties } : {};
}

function queryNames(schema: Json, named: readonly string[]): readonly string[] {
  return Object.keys(propertiesOf(schema)).filter((name) => !named.includes(name));
}

function requiredOf({ required }: Json): readonly unknown[] {
  return Array.isArray(required) ? required : [];
}

function parameter(schema: Json, { name, in: place }: { readonly name: string; readonly in: 'path' | 'query' }): Json {
  const required = place === 'path' || requiredOf(schema).includes(name);
  return { name, in: place, required, schema: propertiesOf(schema)[name] ?? { type: 'string' } };
}

/** What is in the path is not in the body. */
function withoutFields(schema: Json, named: readonly string[]): Json {
  if (named.length === 0) return schema;
  const properties = Object.entries(propertiesOf(schema)).filter(([name]) => !named.includes(name));
  const required = requiredOf(schema).filter((name) => !named.includes(String(name)));
  return { ...schema, properties: Object.fromEntries(properties), required };
}
