import { Tabs } from '@base-ui/react/tabs';
import { useTranslation } from 'react-i18next';
import { CommandLine } from '../../components/command-line.tsx';

interface Props {
  readonly address: string;
  readonly secret: string;
}

const tools = {
  claude: [
    'Claude Code',
    ({ address, secret }: Props) => exports({ ANTHROPIC_BASE_URL: address, ANTHROPIC_AUTH_TOKEN: secret }, 'claude'),
  ],
  openai: [
    'OpenAI SDK',
    ({ address, secret }: Props) => exports({ OPENAI_BASE_URL: `${address}/v1`, OPENAI_API_KEY: secret }),
  ],
  gemini: [
    'Gemini SDK',
    ({ address, secret }: Props) => exports({ GOOGLE_GEMINI_BASE_URL: address, GEMINI_API_KEY: secret }),
  ],
  curl: ['curl', ({ address, secret }: Props) => `curl ${address}/v1/models -H "Authorization: Bearer ${secret}"`],
  key: ['', ({ secret }: Props) => secret],
} as const satisfies Record<string, readonly [string, (props: Props) => string]>;

type Tool = keyof typeof tools;

const order: readonly Tool[] = ['claude', 'openai', 'gemini', 'curl', 'key'];

/** What to paste where, for each tool. */
export function Snippets(props: Props) {
  const { t } = useTranslation();
  return (
    <Tabs.Root defaultValue="claude">
      <Tabs.List className="mb-3 flex flex-wrap gap-1 border-line border-b">
        {order.map((tool) => (
          <Tabs.Tab
            key={tool}
            value={tool}
            className="-mb-px min-h-9 border-transparent border-b-2 px-3 text-muted data-active:border-accent data-active:font-medium data-active:text-text"
          >
            {tools[tool][0] || t('keys.secretAlone')}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {order.map((tool) => (
        <Tabs.Panel key={tool} value={tool}>
          <CommandLine text={tools[tool][1](props)} />
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

/** In the words of the shell that people have on this computer. */
function exports(variables: Readonly<Record<string, string>>, command?: string): string {
  const isWindows = navigator.userAgent.includes('Windows');
  const lines = Object.entries(variables).map(([name, value]) =>
    isWindows ? `$env:${name} = "${value}"` : `export ${name}="${value}"`,
  );
  return [...lines, ...(command === undefined ? [] : [command])].join('\n');
}
