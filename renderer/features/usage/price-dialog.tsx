import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { useChange } from '../../stores/api.ts';
import { type PriceTexts, pieceFields, priceOf, textsOf, unitFields } from './price-fields.ts';

const outdated = ['listModelPrices', 'showPrices', 'priceUnknown'] as const;
/** Few models have others. */
const usual = 5;

type Price = Output<'listModelPrices'>[number];

interface Fields extends PriceTexts {
  readonly model: string;
}

interface Props {
  /** Undefined: of a model that has none. */
  readonly price: Price | undefined;
  onClose(): void;
}

/** A price of one's own is whole: what it leaves empty has no price. */
export function PriceDialog({ price, onClose }: Props) {
  const { t } = useTranslation();
  const set = useChange('setOwnPrice', outdated);
  const remove = useChange('removeOwnPrice', outdated);
  const { register, handleSubmit } = useForm<Fields>({
    defaultValues: { model: price?.model ?? '', ...textsOf(price ?? {}) },
  });
  const save = handleSubmit(({ model, ...texts }) =>
    set.run({ model, price: priceOf(texts, price ?? {}) }).then(onClose, () => undefined),
  );
  const giveBack = () => remove.run({ model: price?.model ?? '' }).then(onClose, () => undefined);
  const failure = set.failure ?? remove.failure;
  const field = (name: keyof PriceTexts) => (
    <Field
      key={name}
      label={t(`prices.${name}`)}
      isRequired={name === 'input' || name === 'output'}
      hint={name === 'webSearch' || name === 'image' ? t('prices.perThousand') : undefined}
    >
      {(ids) => (
        <TextInput
          {...ids}
          {...{ type: 'number', min: '0', step: '0.001', required: name === 'input' || name === 'output' }}
          {...register(name)}
        />
      )}
    </Field>
  );
  return (
    <Dialog
      isOpen
      title={price ? t('prices.of', { model: price.model }) : t('prices.add')}
      note={t('prices.dialogNote')}
      onClose={onClose}
    >
      <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        {!price && (
          <Field label={t('usage.model')} hint={t('prices.modelHint')} isRequired>
            {(ids) => <TextInput {...ids} required maxLength={200} {...register('model')} />}
          </Field>
        )}
        <div className="grid gap-4 sm:grid-cols-2">{unitFields.slice(0, usual).map(field)}</div>
        <details>
          <summary className="cursor-pointer py-1 font-medium">{t('prices.more')}</summary>
          <div className="mt-3 grid gap-4 sm:grid-cols-2">
            {[...unitFields.slice(usual), ...pieceFields].map(field)}
          </div>
        </details>
        {failure && <FailureNotice failure={failure} onRetry={() => void save()} />}
        <div className="flex flex-wrap justify-end gap-2">
          {price?.isOwn && (
            <Button needs="removeOwnPrice" look="danger" disabled={remove.isRunning} onClick={() => void giveBack()}>
              {t('prices.unset')}
            </Button>
          )}
          <span className="grow" />
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={set.isRunning}>
            {t('prices.set')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
