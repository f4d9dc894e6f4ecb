import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { DirectoryForm } from './directory-form.tsx';

type Directory = Output<'showDirectory'>;

const outdated = ['showDirectory'] as const;

/** What holds where nothing is said. */
const ldapBegin = {
  userFilter: '(&(objectClass=person)(|(uid={name})(mail={name})))',
  nameAttribute: 'cn',
  emailAttribute: 'mail',
  idAttribute: 'entryUUID',
  groupAttribute: 'memberOf',
};
const oidcBegin = {
  label: 'Single sign-on',
  scopes: 'openid profile email',
  nameClaim: 'name',
  groupsClaim: 'groups',
};

/** Where members sign in beside their keys and passwords: a directory, and an issuer. */
export function DirectoryPanel() {
  const { t } = useTranslation();
  const directory = useApi('showDirectory', {}, { every: false });
  const { value } = directory;
  return (
    <Panel heading={t('directory.heading')} resource={directory}>
      {value && (
        <div className="flex flex-col gap-8 px-5 pb-5">
          <p className="max-w-prose text-muted">{t('directory.note')}</p>
          <LdapForm key={`ldap ${JSON.stringify(value.ldap)}`} ldap={value.ldap} />
          <OidcForm key={`oidc ${JSON.stringify(value.oidc)}`} oidc={value.oidc} />
        </div>
      )}
    </Panel>
  );
}

function LdapForm({ ldap }: Pick<Directory, 'ldap'>) {
  const set = useChange('setLdap', outdated);
  const remove = useChange('removeLdap', outdated);
  const before = ldap?.fields;
  return (
    <DirectoryForm
      kind="ldap"
      names={['url', 'baseDn', 'bindDn', 'userFilter']}
      more={['nameAttribute', 'emailAttribute', 'idAttribute', 'groupAttribute', 'groupFilter', 'groupBaseDn', 'ca']}
      begin={{ ...ldapBegin, ...before }}
      required={['url', 'baseDn']}
      hasSecret={ldap?.hasSecret}
      switches={['startTls', 'allowPlain', 'createMembers', 'matchEmail']}
      failure={set.failure ?? remove.failure}
      onForget={set.forget}
      onRemove={ldap ? () => void remove.run({}).catch(nothing) : undefined}
      onSave={({ texts, isOn, rules, secret }) => {
        const { url = '', baseDn = '', ...more } = texts;
        void set.run({ fields: { ...more, ...isOn, ...rules, url, baseDn }, ...secret }).catch(nothing);
      }}
    />
  );
}

function OidcForm({ oidc }: Pick<Directory, 'oidc'>) {
  const set = useChange('setOidc', outdated);
  const remove = useChange('removeOidc', outdated);
  const before = oidc?.fields;
  return (
    <DirectoryForm
      kind="oidc"
      names={['issuer', 'clientId', 'label']}
      more={['scopes', 'nameClaim', 'groupsClaim']}
      begin={{ ...oidcBegin, ...before }}
      required={['issuer', 'clientId']}
      hasSecret={oidc?.hasSecret}
      switches={['createMembers', 'matchEmail']}
      failure={set.failure ?? remove.failure}
      onForget={set.forget}
      onRemove={oidc ? () => void remove.run({}).catch(nothing) : undefined}
      onSave={({ texts, isOn, rules, secret }) => {
        const { issuer = '', clientId = '', ...more } = texts;
        void set.run({ fields: { ...more, ...isOn, ...rules, issuer, clientId }, ...secret }).catch(nothing);
      }}
    />
  );
}

function nothing(): void {
  // The change holds its failure, and the form shows it.
}
