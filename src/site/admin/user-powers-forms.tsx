import type { ComponentChildren } from 'preact';
import { Form, type FormState } from '../kit/forms.js';
import { NextPage } from '../kit/next-page.js';
import type { PageContext } from '../kit/page-context.js';

interface PowersFormProps {
  page: PageContext;
  /** The address of the page. */
  path: string;
  name: 'roles' | 'permissions';
  title: string;
  form: FormState;
  isFirst: boolean;
  nextCursor: string | null;
  /** The picker. */
  children: ComponentChildren;
}

/** Gives an account roles or permissions, one page of choices at a time. */
export function PowersForm(props: PowersFormProps) {
  const { page, path, name, title, form, isFirst, nextCursor, children } = props;
  return (
    <>
      <h2 class="h4">{title}</h2>
      <Form page={page} action={`${path}/${name}`} form={form}>
        {children}
        <button type="submit" class="btn btn-primary mb-4">
          Save the {name}
        </button>
      </Form>
      <NextPage path={path} field={name} isFirst={isFirst} nextCursor={nextCursor} />
    </>
  );
}

interface SuperuserFormProps {
  page: PageContext;
  /** The address of the page. */
  path: string;
  is: boolean;
  form: FormState;
}

/** Makes a superuser of an account, or takes that away. */
export function SuperuserForm({ page, path, is, form }: SuperuserFormProps) {
  return (
    <>
      <h2 class="h4">Superuser</h2>
      <Form page={page} action={`${path}/superuser`} form={form} class="mb-4">
        <p>{is ? 'May do everything.' : 'May do what is given, and nothing else.'}</p>
        <input type="hidden" name="isSuperuser" value={is ? 'no' : 'yes'} />
        <button type="submit" class="btn btn-outline-danger">
          {is ? 'Take that away' : 'Make a superuser, who may do everything'}
        </button>
      </Form>
    </>
  );
}
