import { Tabs as BaseTabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

interface Tab<Name extends string> {
  readonly name: Name;
  readonly title: string;
  readonly content: ReactNode;
}

interface Props<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly value: Name;
  onChange(name: Name): void;
}

/** Parts of a page of which one is seen; arrow keys move between them. */
export function Tabs<Name extends string>({ label, tabs, value, onChange }: Props<Name>) {
  return (
    <BaseTabs.Root value={value} onValueChange={(name: Name) => onChange(name)} className="flex flex-col gap-5">
      <BaseTabs.List aria-label={label} className="flex gap-1 overflow-x-auto border-line border-b">
        {tabs.map(({ name, title }) => (
          <BaseTabs.Tab
            key={name}
            value={name}
            className="min-h-9 whitespace-nowrap border-transparent border-b-2 px-3 font-medium text-muted -outline-offset-2 hover:text-text data-active:border-accent data-active:text-text"
          >
            {title}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {tabs.map(({ name, content }) => (
        <BaseTabs.Panel key={name} value={name} className="flex flex-col gap-5">
          {content}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}
