import type { ChainFault } from '../audit/chain-faults.js';
import { nameOfSection } from '../audit/chain-state.js';

const SENTENCES: { [What in ChainFault['what']]: (fault: ChainFault<What>) => string } = {
  event_missing: ({ eventId }) => `Event ${eventId} is gone.`,
  event_changed: ({ eventId }) => `Event ${eventId} is not what it was when it was sealed.`,
  personal_changed: ({ eventId }) =>
    `Event ${eventId} tells other personal values than when it was sealed.`,
  event_inserted: ({ eventId }) =>
    `Event ${eventId} has no seal, and later ones do: it was slipped in, or its seal is gone.`,
  seal_of_other_key: ({ eventId }) =>
    `The seal of event ${eventId} names a key that was not in use there.`,
  seals_missing: ({ from, until }) => `The seals of positions ${from} to ${until} are gone.`,
  seal_inserted: ({ position }) =>
    `The seal of position ${position} was not added by the application.`,
  seals_doubled: () => 'Several seals have one position.',
  section_changed: ({ from }) =>
    `What begins at position ${from} is not what the application began there.`,
  started_again: ({ section }) => {
    const { at, from, adoptedSince } = section;
    const old = adoptedSince ? ` Events since ${adoptedSince} had no seal until then.` : '';
    return `At ${at} the chain was not as the application had left it, and went on at position ${from}.${old} Accept it with: --accept-start ${nameOfSection(section)}`;
  },
  key_unknown: ({ keyId, from, until }) =>
    `Positions ${from} to ${until} were sealed under another APP_SECRET. Set APP_SECRET_PREVIOUS, or go without proof: --accept-key ${keyId}:${until}`,
  head_missing: () =>
    'The head of the chain is gone. After an update from version 0.1 the application writes it within a minute.',
  head_changed: () => 'The head of the chain is not what the application wrote.',
  head_unknown: ({ keyId }) =>
    `The head of the chain was written under another APP_SECRET. Set APP_SECRET_PREVIOUS, or go without proof: --accept-key ${keyId}`,
  head_differs: () => 'The chain does not hold the head that was given: it is shorter, or another.',
  head_forged: () =>
    'The head that was given was not written under APP_SECRET or APP_SECRET_PREVIOUS.',
  not_sealed: ({ count, since }) =>
    `${count} events are not sealed, the oldest since ${since.toISOString()}. Start the application, which seals them, and look for its errors.`,
};

/** A fault of the audit chain, for an operator. */
export function sentenceOf<What extends ChainFault['what']>(fault: ChainFault<What>): string {
  return SENTENCES[fault.what](fault);
}
