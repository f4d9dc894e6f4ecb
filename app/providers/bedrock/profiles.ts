/** The fields of one section of AWS's shared files. */
export type Profile = ReadonlyMap<string, string>;

export interface SharedFiles {
  profile(name: string): Profile | undefined;
  ssoSession(name: string): Profile | undefined;
}

/** AWS's two shared files as one: where both know a profile's field, the credentials file counts. */
export function readSharedFiles(config: string | undefined, credentials: string | undefined): SharedFiles {
  const inConfig = readSections(config ?? '');
  const inCredentials = readSections(credentials ?? '');
  return {
    profile(name) {
      const configured = inConfig.get(name === 'default' ? name : `profile ${name}`) ?? inConfig.get(`profile ${name}`);
      const kept = inCredentials.get(name);
      return configured || kept ? new Map([...(configured ?? []), ...(kept ?? [])]) : undefined;
    },
    ssoSession: (name) => inConfig.get(`sso-session ${name}`),
  };
}

/** `[section]` and `name = value`; an indented line belongs to a nested field, of which none is needed here. */
function readSections(text: string): ReadonlyMap<string, Profile> {
  const sections = new Map<string, Map<string, string>>();
  let fields: Map<string, string> | undefined;
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const plain = line.replace(/(^|\s)[#;].*$/, '').trimEnd();
    const [, section] = /^\[\s*(.*?)\s*\]$/.exec(plain) ?? [];
    if (section !== undefined) {
      const name = section.replace(/\s+/g, ' ').replace(/["']/g, '');
      fields = sections.get(name) ?? new Map();
      sections.set(name, fields);
    }
    const [, name, value] = /^(\w[\w-]*)\s*=\s*(.*)$/.exec(plain) ?? [];
    if (name !== undefined && value !== undefined) fields?.set(name.toLowerCase(), value);
  }
  return sections;
}
