import ms from 'ms';
import { equalSecrets } from '../common/crypto.js';
import type { AuditSeal } from './audit-seal.entity.js';
import type { ChainFaults } from './chain-faults.js';
import type { ChainKeys } from './chain-keys.js';
import { nameOfSection, type Section, signedValues } from './chain-state.js';
import { hashOfSeal, isPersonalIntact, type SealedContent } from './seal-forms.js';

/** How long an update from version 0.1 may take. */
const LONGEST_UPDATE = ms('1h');

/** A seal with its event as it is now. */
export interface SealedEvent extends Omit<AuditSeal, 'position'>, Omit<SealedContent, 'content'> {
  position: number;
  /** Null: the event is gone. */
  content: string | null;
  isForgotten: boolean;
}

/** What an operator vouches for, because the chain cannot prove it. */
export interface Accepted {
  /** Ids of keys, each possibly with the last position that it sealed (`id:position`). */
  keys: readonly string[];
  /** Names of sections (`nameOfSection`). */
  starts: readonly string[];
}

type Stretch = Section & { until: number };

/** Compares seals with what the sections of the chain promise, one after another from the first. */
export class ChainWalk {
  /** Events that are as they were sealed. */
  intact = 0;
  /** Events whose seal cannot be verified. */
  unproven = 0;
  private readonly sections: Stretch[];
  private index = -1;
  private expected = 1;
  /** Undefined where it is missing. */
  private previous: string | undefined = '';

  constructor(
    sections: Section[],
    /** The last position that the application gave. */
    end: number,
    private readonly keys: ChainKeys,
    private readonly accepted: Accepted,
    private readonly faults: ChainFaults,
  ) {
    this.sections = sections.map((section) => ({ ...section, until: section.until ?? end }));
    this.enterNext();
  }

  addSeal(seal: SealedEvent): void {
    const { position } = seal;
    while (this.section && position > this.section.until) this.leave();
    if (!this.section || position < this.expected) {
      this.faults.addFault({ what: 'seal_inserted', position });
      return;
    }
    if (position > this.expected) this.miss(position - 1);
    this.judge(seal, this.section);
    this.expected = position + 1;
    this.previous = seal.hash;
  }

  /** Looks at what should have followed the last seal. */
  finish(): void {
    while (this.section) this.leave();
  }

  private get section() {
    return this.sections[this.index];
  }

  private leave(): void {
    const { until } = this.section!;
    if (this.expected <= until) this.miss(until);
    this.enterNext();
  }

  private miss(until: number): void {
    this.faults.addFault({ what: 'seals_missing', from: this.expected, until });
    this.previous = undefined;
  }

  private enterNext(): void {
    const before = this.section;
    const section = this.sections[++this.index];
    if (!section) return;
    const { from, until, keyId, kind, after } = section;
    const start = before ? before.until + 1 : 1;
    if (kind !== 'found' && from !== start) this.faults.addFault({ what: 'section_changed', from });
    this.expected = from;
    if (!this.keys.find(keyId) && !this.isAcceptedKey(keyId, until)) {
      this.faults.addFault({ what: 'key_unknown', keyId, from, until });
    }
    if (kind === 'found') return;
    if (!this.isSigned(section, before)) this.faults.addFault({ what: 'section_changed', from });
    else if (this.isFault(section, before))
      this.faults.addFault({ what: 'started_again', section });
    this.previous = after;
  }

  private isSigned(section: Section, before: Stretch | undefined): boolean {
    const { keyId, kind, after, signature, handover } = section;
    if (this.previous !== undefined && this.previous !== after) return false;
    const values = signedValues(section);
    const key = this.keys.find(keyId);
    const keyBefore = kind === 'key_changed' ? this.keys.find(before?.keyId) : undefined;
    return (
      (!key || key.hasSigned(signature, ...values)) &&
      (!keyBefore || keyBefore.hasSigned(handover, ...values))
    );
  }

  /** Whether an operator has to look at how a section began. */
  private isFault(section: Section, before: Stretch | undefined): boolean {
    const { kind, at, adoptedSince } = section;
    if (this.accepted.starts.includes(nameOfSection(section))) return false;
    if (kind === 'key_changed') return false;
    if (kind === 'key_unknown' && before && !this.keys.find(before.keyId)) {
      return !this.isAcceptedKey(before.keyId, before.until);
    }
    if (kind !== 'begun') return true;
    // A chain begins before the first event. Version 0.1 alone leaves some: those of its last minute.
    return adoptedSince !== undefined && (!before || isOlder(adoptedSince, at!));
  }

  private isAcceptedKey(keyId: string, until: number): boolean {
    return this.accepted.keys.some((accepted) => {
      const [id, last] = accepted.split(':');
      return id === keyId && (last === undefined || until <= Number(last));
    });
  }

  private judge(seal: SealedEvent, section: Section): void {
    const { eventId, keyId, form, position, content, personalMac } = seal;
    const fault = (
      what: 'event_missing' | 'event_changed' | 'personal_changed' | 'seal_of_other_key',
    ) => this.faults.addFault({ what, eventId });
    if (keyId !== section.keyId) return fault('seal_of_other_key');
    if (content === null) return fault('event_missing');
    const key = this.keys.find(keyId);
    const { previous } = this;
    // After a gap, the hash that this one holds is gone.
    if (!key || previous === undefined) {
      this.unproven++;
      return;
    }
    const hash = hashOfSeal(key, { form, position, previous, personalMac, content });
    if (!equalSecrets(hash, seal.hash)) return fault('event_changed');
    if (!isPersonalIntact(key, form, seal, seal.isForgotten)) return fault('personal_changed');
    this.intact++;
  }
}

function isOlder(since: string, at: string): boolean {
  return Date.parse(at) - Date.parse(since) > LONGEST_UPDATE;
}
