import type { Operations, Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import type { Page } from './page.ts';
import { canAsk, confirm } from './secret-input.ts';
import { type Column, table } from './table.ts';
import { trustText } from './trust-text.ts';
import { UsageError } from './usage-error.ts';

type Sharing = Output<'showSharing'>;

const onFlags: Flags = {
  address: {
    type: 'string',
    value: 'ADDRESS',
    multiple: true,
    text: 'of this computer; see: waystation share interfaces',
  },
  name: { type: 'string', value: 'NAME', multiple: true, text: 'a further name that clients call it by' },
  mdns: { type: 'string', value: 'NAME', text: 'announce it on these networks as NAME.local' },
  'no-mdns': { type: 'boolean', text: 'announce no name' },
  port: { type: 'string', value: 'N', text: 'default: 8485' },
  plain: { type: 'boolean', text: 'without encryption: everybody on the network can read keys and prompts' },
  encrypted: { type: 'boolean', text: 'with TLS 1.3 and an authority of this installation; as sharing begins' },
  'allow-public': { type: 'boolean', text: 'also at an address that the whole internet may reach' },
  'behind-proxy': { type: 'boolean', text: 'a reverse proxy of yours encrypts; give --proxy and --url' },
  proxy: { type: 'string', value: 'ADDRESS', multiple: true, text: 'of that proxy, or a range such as 10.0.0.0/24' },
  url: { type: 'string', value: 'URL', text: 'what others call it by, such as https://relay.example.com' },
  yes: { type: 'boolean', text: 'do not ask' },
};

export const shareCommands: readonly Command[] = [
  {
    name: 'share on',
    summary: 'let other computers of your network use this relay, with keys',
    flags: onFlags,
    notes: [
      'Only relaying is shared: the admin pages stay on this computer.',
      '  waystation share on --address 192.168.1.20',
    ],
    run: (call) => withOperations(call, (operations) => turnOn(call, operations)),
  },
  {
    name: 'share off',
    summary: 'close what other computers reach, and end their connections',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const sharing = await operations.changeSharing({ isOn: false });
        return call.print({ json: sharing, text: () => 'Sharing is off.' });
      }),
  },
  {
    name: 'share status',
    summary: 'show what other computers reach, and what they have to trust',
    flags: {},
    run: (call) => withOperations(call, async (operations) => print(call, await operations.showSharing({}))),
  },
  {
    name: 'share interfaces',
    summary: 'show the addresses of this computer that could be shared',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const { available } = await operations.showSharing({});
        return call.print({ json: available, text: (page) => interfacesText(page, available) });
      }),
  },
  {
    name: 'share ca',
    summary: 'print the certificate of this installation’s authority, for other computers to trust',
    flags: {},
    notes: ['  waystation share ca > waystation-ca.pem'],
    run: (call) =>
      withOperations(call, async (operations) => {
        const { authority } = await operations.showSharing({});
        if (authority) return call.print({ json: authority, text: () => authority.certificate.trimEnd() });
        throw new AdminError(
          'not-found',
          'There is no authority yet. It is made when sharing begins: waystation share on',
        );
      }),
  },
];

async function turnOn(call: Invocation, operations: Operations): Promise<number> {
  const { flags } = call;
  const ways = ['plain', 'encrypted', 'behind-proxy'].filter((name) => flags.has(name));
  if (ways.length > 1) throw new UsageError('Give one of --plain, --encrypted and --behind-proxy.');
  if (flags.has('plain')) await acceptPlain(call);
  const [addresses, names, proxies] = [flags.list('address'), flags.list('name'), flags.list('proxy')];
  const sharing = await operations.changeSharing({
    isOn: true,
    addresses: addresses.length > 0 ? [...addresses] : undefined,
    names: names.length > 0 ? [...names] : undefined,
    localName: flags.has('no-mdns')
      ? null
      : flags
          .text('mdns')
          ?.toLowerCase()
          .replace(/\.local\.?$/, ''),
    port: flags.integer('port', { min: 0, max: 65_535 }),
    encryption: encryptionOf(flags),
    proxies: proxies.length > 0 ? [...proxies] : undefined,
    publicUrl: flags.text('url'),
    allowPublic: flags.has('allow-public') ? true : undefined,
  });
  return print(call, sharing);
}

function encryptionOf(flags: Invocation['flags']): Sharing['encryption'] | undefined {
  if (flags.has('behind-proxy')) return 'proxy';
  if (flags.has('plain')) return 'plain';
  return flags.has('encrypted') ? 'own-authority' : undefined;
}

const encryptionTexts: Readonly<Record<Sharing['encryption'], string>> = {
  'own-authority': 'TLS 1.3',
  plain: 'none: keys and prompts can be read on the network',
  proxy: 'by a reverse proxy',
};

async function acceptPlain({ flags, io, isJson }: Invocation): Promise<void> {
  if (flags.has('yes')) return;
  const warning = 'Without encryption everybody on the network can read the keys and all prompts.';
  if (isJson || !canAsk(io)) throw new UsageError(`${warning} If you trust it, add --yes.`);
  if (!(await confirm(io, `${warning} Share like that?`))) throw new UsageError('Sharing was not changed.');
}

function print(call: Invocation, sharing: Sharing): number {
  return call.print({ json: sharing, text: (page) => sharingText(page, sharing) });
}

function sharingText(page: Page, sharing: Sharing): string {
  if (!sharing.isOn) return 'Sharing is off. Turn it on: waystation share on --address ADDRESS';
  const isOwn = sharing.encryption === 'own-authority';
  const about = definitionList(page, [
    ['Sharing', 'on'],
    ['Encryption', encryptionTexts[sharing.encryption]],
    ['Proxies', sharing.encryption === 'proxy' ? sharing.proxies.join(', ') : undefined],
    ['Called by', sharing.publicUrl],
    ['Names', sharing.names.join(', ') || undefined],
    ['Announced', sharing.localName && (sharing.localNameProblem ?? `${sharing.localName}.local`)],
    ['Authority', isOwn ? sharing.authority?.fingerprint : undefined],
  ]);
  const trust = isOwn ? [trustText(page, firstUrl(sharing))] : [];
  return [about, standingsText(page, sharing), ...trust].join('\n\n');
}

function firstUrl({ standings, addresses, port }: Sharing): string {
  return standings.find(({ url }) => url !== undefined)?.url ?? `https://${addresses[0] ?? ''}:${port}`;
}

function standingsText(page: Page, { standings, addresses }: Sharing): string {
  if (standings.length === 0) return `Begins when the relay runs, at ${addresses.join(', ')}: waystation serve`;
  const columns: readonly Column<Sharing['standings'][number]>[] = [
    { title: 'ADDRESS', least: 15, cell: ({ address }) => address },
    {
      title: 'STATE',
      cell: ({ state }) => state,
      paint: (text, { state }) => page.paint(state === 'listening' ? 'green' : 'red', text),
    },
    {
      title: 'BASE URL',
      least: 10,
      cell: ({ url, problem }) => url ?? problem ?? 'this computer does not have it now',
    },
  ];
  return table(page, columns, standings);
}

function interfacesText(page: Page, available: Sharing['available']): string {
  if (available.length === 0) return 'This computer has no address that others could reach. Connect it to a network.';
  const columns: readonly Column<Sharing['available'][number]>[] = [
    { title: 'INTERFACE', least: 8, cell: ({ interfaceName }) => interfaceName },
    { title: 'ADDRESS', least: 15, cell: ({ address }) => address },
    { title: 'REACH', cell: ({ isPublic }) => (isPublic ? 'maybe the whole internet' : 'its own network') },
  ];
  return table(page, columns, available);
}
