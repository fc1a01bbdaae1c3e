import { ERROR_PAGE, type ErrorPageProps } from '../kit/error.page.js';
import type { PageView } from '../kit/page-view.js';
import { CONFIRM_EMAIL_PAGE, type ConfirmEmailPageProps } from './confirm-email.page.js';
import { HOME_PAGE, type HomePageProps } from './home.page.js';
import { LOGIN_PAGE, type LoginPageProps } from './login.page.js';
import {
  PASSWORD_RESET_CONFIRM_PAGE,
  type PasswordResetConfirmPageProps,
} from './password-reset-confirm.page.js';
import { PASSWORD_RESET_PAGE, type PasswordResetPageProps } from './password-reset.page.js';
import { PROFILE_PAGE, type ProfilePageProps } from './profile.page.js';
import { REGISTER_PAGE, type RegisterPageProps } from './register.page.js';

/**
 * Views of a product in the place of ours, by the name of the page. The controller stays: it checks, decides and gives
 * each view the same props as ours. Forms are `<Form>` and `<PostButton>`, which carry their token.
 */
export interface PageOverrides {
  /** `/` */
  home?: PageView<HomePageProps>;
  /** `/accounts/login` */
  login?: PageView<LoginPageProps>;
  /** `/accounts/register` */
  register?: PageView<RegisterPageProps>;
  /** `/accounts/profile` */
  profile?: PageView<ProfilePageProps>;
  /** `/accounts/password/reset` */
  passwordReset?: PageView<PasswordResetPageProps>;
  /** `/accounts/password/reset/confirm` */
  passwordResetConfirm?: PageView<PasswordResetConfirmPageProps>;
  /** `/accounts/email/verify` */
  confirmEmail?: PageView<ConfirmEmailPageProps>;
  /** Every failure that people see. */
  error?: PageView<ErrorPageProps>;
}

/** The names of the pages that can be replaced. */
export const PAGE_NAMES = [
  HOME_PAGE,
  LOGIN_PAGE,
  REGISTER_PAGE,
  PROFILE_PAGE,
  PASSWORD_RESET_PAGE,
  PASSWORD_RESET_CONFIRM_PAGE,
  CONFIRM_EMAIL_PAGE,
  ERROR_PAGE,
].map(({ name }) => name);
